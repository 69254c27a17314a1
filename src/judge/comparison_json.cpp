#include "judge/comparison_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "records/comparison.h"
#include "records/json_lines.h"

namespace juror {

nlohmann::ordered_json comparison_json(const Comparison& comparison,
                                       const std::vector<std::string>& criteria) {
  const PairResult& result = comparison.result;
  nlohmann::ordered_json json = {{"pair", {comparison.pair.first, comparison.pair.second}}};
  json.update(result_json(result, comparison.votes));
  json["tie"] = result.tie;
  json["spread"] = json_number(result.spread);
  for (std::size_t k = 0; k < std::min(criteria.size(), result.criteria.size()); ++k)
    json["criteria"][criteria[k]] = json_number(result.criteria[k]);
  if (result.abstained) json["abstained"] = true;
  if (comparison.votes_saved > 0) json["votes_saved"] = comparison.votes_saved;
  if (comparison.listened > 0) {
    json["listened"] = comparison.listened;
    json["contradictions"] = comparison.contradictions;
  }
  return json;
}

}  // namespace juror
