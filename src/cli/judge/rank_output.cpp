#include "cli/judge/rank_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/judge/judging_json.h"
#include "cli/judge/people.h"
#include "cli/judge/rank_json.h"
#include "cli/judge/warnings.h"
#include "cli/rows.h"
#include "cli/table.h"

namespace juror {
namespace {

/// A reason as one short line of a table; --json has it whole.
std::string cut(const std::string& reason) {
  constexpr std::size_t kMost = 100;  // bytes
  std::string line = reason.substr(0, reason.find('\n'));
  if (line.size() <= kMost && line.size() == reason.size()) return line;
  line.resize(std::min(line.size(), kMost));
  while (!line.empty() && (line.back() & 0xC0) == 0x80) line.pop_back();  // inside a character
  const std::size_t space = line.rfind(' ');
  if (line.size() + 8 > kMost && space != std::string::npos) line.resize(space);
  return line + " …";
}

/// Positions of the pictures that cannot be told from this one: "1-3, 6".
std::string positions_text(const RankedItem& item, const Ranking& ranking) {
  std::string text;
  std::int64_t first = 0, last = 0;  // of the run at hand
  const auto close = [&] {
    if (first == 0) return;
    text += (text.empty() ? "" : ", ") + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  };
  for (const std::size_t other : item.tied_with) {
    const std::int64_t position = ranking.items[other].position;
    if (position != last + 1 || first == 0) {
      close();
      first = position;
    }
    last = position;
  }
  close();
  return text;
}

/// Sums over comparisons.
struct Totals {
  std::int64_t votes = 0, saved = 0, listened = 0, contradictions = 0;
  explicit Totals(const std::vector<Comparison>& comparisons) {
    for (const Comparison& comparison : comparisons) {
      votes += comparison.result.votes;
      saved += comparison.votes_saved;
      listened += comparison.listened;
      contradictions += comparison.contradictions;
    }
  }
};

std::string ranking_table(const LoadedPictures& pictures, const RankedPictures& ranked,
                          bool color) {
  Table table{
      .columns = {{"", Align::kRight}, {"win probability", Align::kRight}, {"95 % interval"}},
      .rows = {}};
  for (const CriterionScores& criterion : ranked.criteria)
    table.columns.push_back({criterion.name, Align::kRight});
  if (!pictures.people.empty()) table.columns.push_back({"people", Align::kRight});
  for (const char* column : {"tied with", "image", "why"}) table.columns.push_back({column});
  for (const std::size_t i : ranked.ranking.order) {
    const RankedItem& item = ranked.ranking.items[i];
    std::vector<Cell> row = {Cell(std::to_string(item.position)),
                             Cell(fmt::format("{:.3f}", item.score), Style::kBold),
                             Cell(fmt::format("{:.3f} - {:.3f}", item.score_low, item.score_high))};
    for (const CriterionScores& criterion : ranked.criteria)
      row.push_back(std::isnan(criterion.scores[i])
                        ? Cell("-")
                        : Cell(fmt::format("{:.3f}", criterion.scores[i])));
    if (!pictures.people.empty())
      row.push_back(Cell(pictures.people[i] ? fmt::format("{:.4g}", *pictures.people[i]) : "-"));
    row.push_back(Cell(positions_text(item, ranked.ranking)));
    row.push_back(Cell(pictures.paths[i]));
    row.push_back(Cell(cut(ranked.reasons[i]), Style::kDim));
    table.rows.push_back(std::move(row));
  }
  return table.text(color);
}

std::string widths_text(const Ranking& ranking) {
  const std::vector<double> sorted = interval_widths(ranking);
  return fmt::format("widest {:.2f}, half below {:.2f}", sorted.back(), sorted[sorted.size() / 2]);
}

/// "491 of 4950 pairs compared (9.9 %; stopped by budget), 61234 tokens; intervals of win
/// probability: widest 0.31, half below 0.22." and votes saved or contradicted, where there are
/// any.
std::string spent_text(const RankedPictures& ranked) {
  const double pairs = possible_pairs(ranked.ranking);
  std::string text = fmt::format(
      "{} of {:.0f} pairs compared ({:.1f} %; stopped by {}), {} tokens; intervals of win "
      "probability: {}.\n",
      ranked.comparisons.size(), pairs,
      100 * static_cast<double>(ranked.comparisons.size()) / std::max(1.0, pairs),
      ranked.stopped ? name(*ranked.stopped) : "Ctrl-C", ranked.tokens,
      widths_text(ranked.ranking));
  if (ranked.ranking.components > 1)
    text += fmt::format(
        "The pictures fall into {} groups that no comparison joins: between groups the order says "
        "nothing.\n",
        ranked.ranking.components);
  const Totals totals(ranked.comparisons);
  if (totals.saved > 0)
    text +=
        fmt::format("{} votes taken, {} saved by stopping early.\n", totals.votes, totals.saved);
  if (totals.listened > 0)
    text += fmt::format("{} of {} thoughts speak for the other picture than their answer.\n",
                        totals.contradictions, totals.listened);
  return text;
}

std::string lists_text(const RankedPictures& ranked) {
  return fmt::format(
      "{} lists of up to {} pictures compared (stopped by {}), {} tokens; intervals of win "
      "probability: {}.\n",
      ranked.lists->size(), ranked.list_size,
      !ranked.stopped                            ? "Ctrl-C"
      : *ranked.stopped == StopReason::kAllPairs ? "all lists"
                                                 : name(*ranked.stopped),
      ranked.tokens, widths_text(ranked.ranking));
}

std::string ranked_text(const RankOptions& options, const LoadedPictures& pictures,
                        const RankedPictures& ranked, bool color) {
  std::string text =
      ranking_table(pictures, ranked, color) + agreement_text(pictures, ranked.ranking);
  if (ranked.lists) return text + lists_text(ranked);
  if (pictures.paths.size() > kFewImages || options.has_bounds()) text += spent_text(ranked);
  const auto done = static_cast<std::int64_t>(ranked.comparisons.size());
  if (!ranked.stopped && done < ranked.budget)
    text += fmt::format("Partial: {} of {} comparisons.\n", done, ranked.budget);
  return text;
}

/// The votes of pairs or lists, to be counted.
std::vector<Comparison> comparisons_of(const RankedPictures& ranked) {
  if (!ranked.lists) return ranked.comparisons;
  std::vector<Comparison> all;
  for (const ListComparison& list : *ranked.lists) all.push_back(list.comparison);
  return all;
}

}  // namespace

int print_ranking(const RankOptions& options, const LoadedJudge& loaded,
                  const LoadedPictures& pictures, const RankedPictures& ranked, Context& context) {
  if (is_rows(context.out.format())) {
    print_rows(context.out, result_rows(pictures, ranked));
  } else if (context.out.json()) {
    nlohmann::ordered_json json = {{"prompt", options.prompt},
                                   {"model", loaded.model},
                                   {"seed", options.judge.seed},
                                   {"background", options.image.background}};
    json.update(ranking_json(pictures, ranked));
    json["run"] = judging_record(loaded, pictures.paths, context);
    context.out.print_json(std::move(json));
  } else {
    context.out.print(ranked_text(options, pictures, ranked, context.terminal.color_out()));
  }
  warn_of_forced(*loaded.judge, context);
  const bool all_read = warn_of_unread(comparisons_of(ranked), context);
  return pictures.failures.empty() && all_read ? kExitOk : kExitSomeFailed;
}

}  // namespace juror
