// juror bench ranking: how many comparisons a ranking takes, on simulated judges; no model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/list_ranking.h"
#include "bench/ranking.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "preference/agreement.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

struct BenchRankingOptions {
  std::vector<std::int64_t> images = {10, 30, 100, 300, 1000};
  std::int64_t worlds = 0;

  template <class Field>
  void fields(Field&& field) {
    field("images", images, "Numbers of images", Range{3, 2000});
    field(
        "worlds", worlds,
        "Draws of strengths and votes for each judge; 0: 20 up to 50 images, 5 up to 100, 1 above; "
        "for intervals four times as many, 2 above 300",
        Range{0, 1000});
  }
};

std::int64_t worlds_of(const BenchRankingOptions& options, std::int64_t n) {
  if (options.worlds > 0) return options.worlds;
  if (n <= 50) return 20;
  return n <= 100 ? 5 : 1;
}

std::int64_t coverage_worlds_of(const BenchRankingOptions& options, std::int64_t n) {
  return n <= 300 ? 4 * worlds_of(options, n) : 2 * worlds_of(options, n);
}

/// The targets: a tenth of all pairs at 100 images, a fiftieth at 1,000; between and beyond, shares
/// of the same slope; all pairs up to 10.
double target_share(std::int64_t n) {
  if (n <= 10) return 1;
  return std::min(1.0, 0.1 * std::pow(static_cast<double>(n) / 100, -0.699));
}

struct Needed {
  double mean_share = 0;  ///< over the worlds that came there
  std::int64_t reached = 0, worlds = 0;
};

Needed needed(const MatchmakerResult& result, std::int64_t pairs) {
  Needed all{.worlds = static_cast<std::int64_t>(result.needed.size())};
  for (const auto& one : result.needed) {
    if (!one) continue;
    all.mean_share += static_cast<double>(*one) / static_cast<double>(pairs);
    ++all.reached;
  }
  if (all.reached > 0) all.mean_share /= static_cast<double>(all.reached);
  return all;
}

Json case_json(const RankingBenchCase& one) {
  const Interval interval =
      wilson(static_cast<double>(one.inside), static_cast<double>(one.strengths));
  Json json = {{"images", one.n},
               {"judge", one.judge.name},
               {"pairs", one.pairs},
               {"budget", one.budget},
               {"looked", one.looked},
               {"tau_of_all", one.tau_of_all},
               {"coverage", static_cast<double>(one.inside) / static_cast<double>(one.strengths)},
               {"coverage_ci", {interval.low, interval.high}},
               {"slope", one.slope},
               {"coverage_scaled",
                static_cast<double>(one.inside_scaled) / static_cast<double>(one.strengths)},
               {"seconds", one.seconds}};
  for (const MatchmakerResult& result : one.matchmakers) {
    const Needed all = needed(result, one.pairs);
    Json of_worlds = Json::array();  // null where it did not come there
    for (const auto& comparisons : result.needed)
      of_worlds.push_back(comparisons ? Json(*comparisons) : Json(nullptr));
    json["ways"][result.matchmaker] = {
        {"needed", of_worlds},
        {"share_needed", all.reached > 0 ? Json(all.mean_share) : Json(nullptr)},
        {"reached", all.reached},
        {"worlds", all.worlds},
        {"tau_at_budget", result.tau_at_budget}};
  }
  return json;
}

std::string share_text(const MatchmakerResult& result, const RankingBenchCase& one) {
  const Needed all = needed(result, one.pairs);
  if (all.reached < all.worlds)
    return fmt::format("> {:.3g} %",
                       100 * static_cast<double>(one.looked) / static_cast<double>(one.pairs));
  return fmt::format("{:.3g} %", 100 * all.mean_share);
}

std::string case_table(const std::vector<RankingBenchCase>& cases, bool color) {
  Table table{.columns = {{"judge"}, {"all", Align::kRight}}, .rows = {}};
  for (const MatchmakerResult& result : cases.front().matchmakers)
    table.columns.push_back({result.matchmaker, Align::kRight});
  table.columns.push_back({"at target", Align::kRight});
  table.columns.push_back({"coverage", Align::kRight});
  table.columns.push_back({"95 % interval"});
  table.columns.push_back({"slope", Align::kRight});
  table.columns.push_back({"scaled", Align::kRight});
  for (const RankingBenchCase& one : cases) {
    const auto inside = static_cast<double>(one.inside), all = static_cast<double>(one.strengths);
    const Interval interval = wilson(inside, all);
    std::vector<Cell> row = {Cell(one.judge.name), Cell(fmt::format("{:.3f}", one.tau_of_all))};
    for (const MatchmakerResult& result : one.matchmakers)
      row.push_back(Cell(share_text(result, one)));
    row.push_back(Cell(fmt::format("{:.3f}", one.matchmakers.front().tau_at_budget)));
    row.push_back(Cell(fmt::format("{:.1f} %", 100 * inside / all)));
    row.push_back(Cell(fmt::format("{:.1f} - {:.1f}", 100 * interval.low, 100 * interval.high)));
    row.push_back(Cell(fmt::format("{:.2f}", one.slope)));
    row.push_back(
        Cell(fmt::format("{:.1f} %", 100 * static_cast<double>(one.inside_scaled) / all)));
    table.rows.push_back(std::move(row));
  }
  return table.text(color);
}

/// Lists against pairs for the same tokens, at the targets of 30 and 100 images.
std::vector<ListBenchCase> list_cases(const std::vector<SimulatedJudgeOptions>& judges) {
  constexpr std::int64_t kWorlds = 10;
  std::vector<ListBenchCase> cases;
  for (const std::int64_t n : {30, 100}) {
    for (const SimulatedJudgeOptions& judge : judges) {
      if (judge.name != "soft" && judge.name != "tosses") continue;
      const auto budget =
          std::llround(target_share(n) * static_cast<double>(n) * static_cast<double>(n - 1) / 2);
      cases.push_back(bench_lists(judge, static_cast<std::size_t>(n), budget, {3, 4, 6}, kWorlds));
    }
  }
  return cases;
}

Json lists_json(const std::vector<ListBenchCase>& cases) {
  Json list = Json::array();
  for (const ListBenchCase& one : cases)
    list.push_back({{"images", one.n},
                    {"judge", one.judge.name},
                    {"pairs", one.budget},
                    {"tau_of_pairs", one.tau_of_pairs},
                    {"list_sizes", one.sizes},
                    {"tau_of_lists", one.tau_of_lists}});
  return list;
}

std::string lists_table(const std::vector<ListBenchCase>& cases, bool color) {
  Table table{.columns = {{"images", Align::kRight},
                          {"judge"},
                          {"pairs", Align::kRight},
                          {"tau", Align::kRight}},
              .rows = {}};
  for (const std::size_t size : cases.front().sizes)
    table.columns.push_back({fmt::format("lists of {}", size), Align::kRight});
  for (const ListBenchCase& one : cases) {
    std::vector<Cell> row = {Cell(std::to_string(one.n)), Cell(one.judge.name),
                             Cell(std::to_string(one.budget)),
                             Cell(fmt::format("{:.3f}", one.tau_of_pairs))};
    for (const double tau : one.tau_of_lists) row.push_back(Cell(fmt::format("{:.3f}", tau)));
    table.rows.push_back(std::move(row));
  }
  return "\nLists against pairs for the same tokens, tau\n" + table.text(color);
}

int bench_ranking_of(BenchRankingOptions& options, Context& context) {
  const std::vector<SimulatedJudgeOptions> judges = benchmark_judges();
  const Progress progress = context.progress();
  const auto total = static_cast<std::int64_t>(options.images.size() * judges.size());
  std::int64_t done = 0;
  Json list = Json::array();
  std::string text;
  for (const std::int64_t n : options.images) {
    std::vector<RankingBenchCase> cases;
    for (const SimulatedJudgeOptions& judge : judges) {
      if (!progress("simulating judges", done++, total)) break;
      const double target = target_share(n);
      cases.push_back(bench_ranking(judge, {.n = static_cast<std::size_t>(n),
                                            .target_share = target,
                                            .most_share = std::min(1.0, 4 * target),
                                            .worlds = worlds_of(options, n),
                                            .coverage_worlds = coverage_worlds_of(options, n),
                                            .seed = context.global.seed}));
      list.push_back(case_json(cases.back()));
    }
    if (cases.empty()) break;
    const RankingBenchCase& first = cases.front();
    text += fmt::format(
        "\n{} images, {} pairs, {} worlds; target {} comparisons ({:.3g} %); session and ranking "
        "there: {:.2f} s\n",
        n, first.pairs, worlds_of(options, n), first.budget, 100 * target_share(n), first.seconds);
    text += case_table(cases, context.color());
  }
  const std::vector<ListBenchCase> listed =
      context.interrupted() ? std::vector<ListBenchCase>() : list_cases(judges);
  if (!listed.empty()) text += lists_table(listed, context.color());
  context.terminal.end_progress();
  if (context.out.json())
    context.out.print_json(
        {{"seed", context.global.seed}, {"cases", list}, {"lists", lists_json(listed)}});
  else
    context.out.print(
        "Kendall's tau with all pairs compared, the share of pairs up to which each way "
        "came within 0.02 of it, the session's tau at the target, and how many true "
        "strengths lie in its 95 % intervals there: as they are, and times the slope by which "
        "strengths come out larger or smaller.\n" +
        text);
  return kExitOk;
}

}  // namespace

Command bench_ranking_command() {
  return make_command<BenchRankingOptions>(
      {.name = "bench ranking",
       .summary = "Measure how many comparisons a ranking takes, on simulated judges",
       .examples = {{"juror bench ranking",
                     "comparisons needed and coverage of intervals, without a model"},
                    {"juror bench ranking --images 100 --worlds 50", "narrower intervals"}}},
      bench_ranking_of);
}

}  // namespace juror
