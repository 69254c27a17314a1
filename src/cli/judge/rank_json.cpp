#include "cli/judge/rank_json.h"

#include <nlohmann/json.hpp>

#include "judge/comparison_json.h"
#include "records/json_lines.h"
#include "records/vote_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

Json spent_json(const RankedPictures& ranked) {
  const std::vector<double> sorted = interval_widths(ranked.ranking);
  const double pairs = possible_pairs(ranked.ranking);
  const auto compared = static_cast<double>(ranked.comparisons.size());
  Json spent = {{"comparisons", ranked.lists ? ranked.lists->size() : ranked.comparisons.size()},
                {"pairs", pairs}};
  if (!ranked.lists) spent["share"] = pairs > 0 ? compared / pairs : 1.0;
  spent["tokens"] = ranked.tokens;
  spent["stopped_by"] = ranked.stopped ? Json(name(*ranked.stopped)) : Json("interrupted");
  spent["widest_interval"] = sorted.back();
  spent["median_interval"] = sorted[sorted.size() / 2];
  spent["components"] = ranked.ranking.components;
  return spent;
}

Json comparisons_json(const RankedPictures& ranked) {
  std::vector<std::string> names;
  for (const CriterionScores& criterion : ranked.criteria) names.push_back(criterion.name);
  Json compared = Json::array();
  for (const Comparison& comparison : ranked.comparisons)
    compared.push_back(comparison_json(comparison, names));
  return compared;
}

Json lists_json(const std::vector<ListComparison>& compared) {
  Json lists = Json::array();
  for (const ListComparison& list : compared)
    lists.push_back({{"list", list.images},
                     {"votes", votes_json(list.comparison.votes)},
                     {"tokens", list.comparison.tokens}});
  return lists;
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
    if (!pictures.people.empty())
      row["people"] = pictures.people[i] ? Json(*pictures.people[i]) : Json(nullptr);
    for (const CriterionScores& criterion : ranked.criteria)
      row["criteria"][criterion.name] = json_number(criterion.scores[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json ranking_json(const LoadedPictures& pictures, const RankedPictures& ranked) {
  Json json = {{"results", result_rows(pictures, ranked)}};
  if (!ranked.lists) json["comparisons"] = comparisons_json(ranked);
  json["cycles"] = ranked.ranking.cycles;
  json["spent"] = spent_json(ranked);
  json["errors"] = Json::array();
  for (const auto& [path, reason] : pictures.failures)
    json["errors"].push_back({{"image", path}, {"error", reason}});
  if (ranked.lists) json["lists"] = lists_json(*ranked.lists);
  return json;
}

}  // namespace juror
