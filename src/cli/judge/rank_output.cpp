#include "cli/judge/rank_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/judge/judging_json.h"
#include "cli/table.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

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

/// Widths of the intervals, ascending.
std::vector<double> widths(const Ranking& ranking) {
  std::vector<double> all;
  for (const RankedItem& item : ranking.items) all.push_back(item.score_high - item.score_low);
  std::sort(all.begin(), all.end());
  return all;
}

double pairs_of(const Ranking& ranking) {
  const auto n = static_cast<double>(ranking.items.size());
  return n * (n - 1) / 2;
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

Json spent_json(const RankedPictures& ranked) {
  const std::vector<double> sorted = widths(ranked.ranking);
  const double pairs = pairs_of(ranked.ranking);
  const auto compared = static_cast<double>(ranked.comparisons.size());
  return {{"comparisons", ranked.comparisons.size()},
          {"pairs", pairs},
          {"share", pairs > 0 ? compared / pairs : 1.0},
          {"tokens", ranked.tokens},
          {"stopped_by", ranked.stopped ? Json(name(*ranked.stopped)) : Json("interrupted")},
          {"widest_interval", sorted.back()},
          {"median_interval", sorted[sorted.size() / 2]},
          {"components", ranked.ranking.components}};
}

}  // namespace

Json result_rows(const LoadedPictures& pictures, const RankedPictures& ranked) {
  Json rows = Json::array();
  for (const std::size_t i : ranked.ranking.order) {
    const RankedItem& item = ranked.ranking.items[i];
    Json row = {{"index", i},
                {"image", pictures.paths[i]},
                {"position", item.position},
                {"rank", item.rank},
                {"tied_with", item.tied_with},
                {"score", item.score},
                {"ci", {item.score_low, item.score_high}},
                {"reason", ranked.reasons[i]}};
    for (const CriterionScores& criterion : ranked.criteria)
      row["criteria"][criterion.name] = json_number(criterion.scores[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json ranking_json(const LoadedPictures& pictures, const RankedPictures& ranked) {
  Json compared = Json::array(), errors = compared;
  std::vector<std::string> names;
  for (const CriterionScores& criterion : ranked.criteria) names.push_back(criterion.name);
  for (const Comparison& comparison : ranked.comparisons)
    compared.push_back(comparison_json(comparison, names));
  for (const auto& [path, reason] : pictures.failures)
    errors.push_back({{"image", path}, {"error", reason}});
  return {{"results", result_rows(pictures, ranked)},
          {"comparisons", compared},
          {"cycles", ranked.ranking.cycles},
          {"spent", spent_json(ranked)},
          {"errors", errors}};
}

std::string ranking_table(const LoadedPictures& pictures, const RankedPictures& ranked,
                          bool color) {
  Table table{
      .columns = {{"", Align::kRight}, {"win probability", Align::kRight}, {"95 % interval"}},
      .rows = {}};
  for (const CriterionScores& criterion : ranked.criteria)
    table.columns.push_back({criterion.name, Align::kRight});
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
    row.push_back(Cell(positions_text(item, ranked.ranking)));
    row.push_back(Cell(pictures.paths[i]));
    row.push_back(Cell(cut(ranked.reasons[i]), Style::kDim));
    table.rows.push_back(std::move(row));
  }
  return table.text(color);
}

std::string widths_text(const Ranking& ranking) {
  const std::vector<double> sorted = widths(ranking);
  return fmt::format("widest {:.2f}, half below {:.2f}", sorted.back(), sorted[sorted.size() / 2]);
}

std::vector<CriterionScores> rank_by_criteria(std::size_t pictures,
                                              const std::vector<Comparison>& comparisons,
                                              const std::vector<std::string>& names) {
  std::vector<CriterionScores> all;
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<PairReads> reads;
    for (const Comparison& one : comparisons)
      reads.push_back({one.pair.first, one.pair.second, criterion_reads(one.votes, k)});
    CriterionScores criterion{.name = names[k], .scores = {}};
    const Ranking ranking = rank_images(pictures, reads);
    for (const RankedItem& item : ranking.items)
      criterion.scores.push_back(ranking.reads > 0 ? item.score : kUnknown);
    all.push_back(std::move(criterion));
  }
  return all;
}

std::string spent_text(const RankedPictures& ranked) {
  const double pairs = pairs_of(ranked.ranking);
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

}  // namespace juror
