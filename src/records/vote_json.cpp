#include "records/vote_json.h"

#include <algorithm>
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

/// A list of probabilities; null is NaN. Empty where the key is missing.
std::vector<double> probabilities_of(const Json& vote, const char* key, const std::string& where) {
  std::vector<double> all;
  for (const Json& one : list_at(vote, key, where)) {
    require(one.is_null() || (one.is_number() && one.get<double>() >= 0 && one.get<double>() <= 1),
            "{}: '{}' must be a list of numbers from 0 to 1.", where, key);
    all.push_back(one.is_null() ? kUnknown : one.get<double>());
  }
  return all;
}

/// Indices, each once; empty where the key is missing.
std::vector<std::size_t> ranking_of(const Json& vote, const std::string& where) {
  std::vector<std::size_t> ranking;
  const Json list = list_at(vote, "ranking", where);
  for (const Json& one : list) {
    require(one.is_number_unsigned() && one.get<std::size_t>() < list.size() &&
                std::count(list.begin(), list.end(), one) == 1,
            "{}: 'ranking' must name each image once, from 0.", where);
    ranking.push_back(one.get<std::size_t>());
  }
  return ranking;
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
  vote.verdict.criteria = probabilities_of(json, "criteria", where);
  vote.verdict.first_place = probabilities_of(json, "first", where);
  vote.verdict.ranking = ranking_of(json, where);
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
    for (const double p : verdict.criteria) json["criteria"].push_back(json_number(p));
    if (!verdict.ranking.empty()) json["ranking"] = verdict.ranking;
    if (!verdict.first_place.empty()) json["first"] = verdict.first_place;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace juror
