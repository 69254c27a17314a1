#include "records/vote_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "records/json_lines.h"

namespace juror {

using Json = nlohmann::ordered_json;

Json votes_json(std::span<const Vote> votes) {
  Json list = Json::array();
  for (const Vote& vote : votes) {
    const Verdict& verdict = vote.verdict;
    Json json = {{"order", vote.swapped ? "ji" : "ij"},
                 {"thinking", verdict.thinking},
                 {"answer", verdict.answer},
                 {"p", json_number(verdict.p)},
                 {"status", name(verdict.status)}};
    if (!std::isnan(verdict.choice_mass)) json["mass"] = verdict.choice_mass;
    if (verdict.p_from_answer) json["p_from"] = "answer";
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace juror
