#include "records/vote_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "records/json_lines.h"

namespace juror {

using Json = nlohmann::ordered_json;

namespace {

std::string text_of(const Json& vote, const char* key, const std::string& where) {
  require(vote.contains(key), "{}: the key '{}' is missing.", where, key);
  require(vote.at(key).is_string(), "{}: '{}' is {}, which is of a wrong type.", where, key,
          vote.at(key).dump());
  return vote.at(key).get<std::string>();
}

/// null, or a key that may be missing: NaN.
double probability_of(const Json& vote, const char* key, const std::string& where) {
  if (!vote.contains(key) || vote.at(key).is_null()) return kUnknown;
  require(vote.at(key).is_number(), "{}: '{}' is {}, which is of a wrong type.", where, key,
          vote.at(key).dump());
  const double p = vote.at(key).get<double>();
  require(p >= 0 && p <= 1, "{}: '{}' is {}, and 0 to 1 is expected.", where, key, p);
  return p;
}

/// The keys that only a server's vote has.
void read_what_a_server_showed(const Json& vote, const std::string& where, Verdict& verdict) {
  verdict.choice_mass = probability_of(vote, "mass", where);
  if (!vote.contains("p_from")) return;
  const std::string from = text_of(vote, "p_from", where);
  require(from == "answer", "{}: 'p_from' is '{}', and 'answer' is known.", where, from);
  verdict.p_from_answer = true;
}

Vote read_vote(const Json& json, const std::string& where) {
  const std::string order = text_of(json, "order", where), status = text_of(json, "status", where);
  require(order == "ij" || order == "ji", "{}: the order '{}' is neither ij nor ji.", where, order);
  const auto known = status_from_name(status);
  require(known.has_value(),
          "{}: the status '{}' of a vote is none of ok, no_answer, bad_answer, truncated, forced.",
          where, status);
  require(json.contains("p"), "{}: the key 'p' is missing.", where);
  Vote vote{.swapped = order == "ji",
            .verdict = {.thinking = text_of(json, "thinking", where),
                        .answer = text_of(json, "answer", where),
                        .p = probability_of(json, "p", where),
                        .status = *known},
            .listener_p = probability_of(json, "listener_p", where)};
  read_what_a_server_showed(json, where, vote.verdict);
  return vote;
}

}  // namespace

std::vector<Vote> read_votes(const Json& list, const std::string& where) {
  require(list.is_array(), "{}: 'votes' must be a list of objects.", where);
  std::vector<Vote> votes;
  for (const Json& json : list) {
    require(json.is_object(), "{}: 'votes' must be a list of objects.", where);
    votes.push_back(read_vote(json, where));
  }
  return votes;
}

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
    if (!std::isnan(vote.listener_p)) json["listener_p"] = vote.listener_p;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace juror
