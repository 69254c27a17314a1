#include "records/comparison.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text_hash.h"
#include "records/json_lines.h"
#include "records/vote_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// The keys of one line, read with the place that errors name.
struct Line {
  const Json& json;
  const std::string& where;

  const Json& at(const char* key) const {
    require(json.contains(key), "{}: the key '{}' is missing.", where, key);
    return json[key];
  }
  template <class T>
  T get(const char* key) const {
    try {
      return at(key).get<T>();
    } catch (const Json::exception&) {
      throw Error(
          fmt::format("{}: '{}' is {}, which is of a wrong type.", where, key, at(key).dump()));
    }
  }
  double number(const char* key) const { return at(key).is_null() ? kUnknown : get<double>(key); }
  double probability(const char* key) const {
    const double value = number(key);
    require(std::isnan(value) || (value >= 0 && value <= 1),
            "{}: '{}' is {}, and 0 to 1 is expected.", where, key, value);
    return value;
  }
};

PairStatus status_of(const Line& line) {
  const auto word = line.get<std::string>("status");
  for (const PairStatus status : {PairStatus::kOk, PairStatus::kOneOrder, PairStatus::kUnread}) {
    if (name(status) == word) return status;
  }
  throw Error(
      fmt::format("{}: the status '{}' is none of ok, one_order, unread.", line.where, word));
}

EvalPair read_pair(const Line& line, std::size_t images) {
  const auto ends = line.get<std::vector<std::size_t>>("pair");
  require(ends.size() == 2 && ends[0] < ends[1] && ends[1] < images,
          "{}: 'pair' must hold two of the {} images, the smaller first.", line.where, images);
  EvalPair pair{.first = ends[0],
                .second = ends[1],
                .share = line.probability("share"),
                .share_from = line.json.value("share_from", ""),
                .votes = read_votes(line.at("votes"), line.where)};
  pair.result = {.status = status_of(line),
                 .p = line.probability("p"),
                 .p_ij = line.probability("p_ij"),
                 .p_ji = line.probability("p_ji"),
                 .flip_rate = line.probability("flip_rate"),
                 .saturated_share = line.probability("saturated_share"),
                 .votes = static_cast<std::int64_t>(pair.votes.size()),
                 .unread = line.get<std::int64_t>("unread"),
                 .forced = line.get<std::int64_t>("forced")};
  pair.prompt_tokens = line.get<std::int64_t>("prompt_tokens");
  pair.completion_tokens = line.get<std::int64_t>("completion_tokens");
  if (line.json.contains("tokens")) pair.tokens = line.get<std::int64_t>("tokens");
  pair.ms = line.get<double>("ms");
  return pair;
}

EvalExample read_example(const Line& line) {
  EvalExample example{.id = line.get<std::string>("example"),
                      .prompt = line.get<std::string>("prompt")};
  example.images = line.get<std::vector<std::string>>("images");
  for (const auto& [width, height] : line.get<std::vector<std::pair<int, int>>>("sizes"))
    example.sizes.push_back({width, height});
  if (line.json.contains("generators"))
    example.generators = line.get<std::vector<std::string>>("generators");
  example.ranks = line.get<std::vector<double>>("ranks");
  if (line.json.contains("means")) example.means = line.get<std::vector<double>>("means");
  const std::size_t n = example.images.size();
  require(example.sizes.size() == n && example.ranks.size() == n &&
              (example.generators.empty() || example.generators.size() == n) &&
              (example.means.empty() || example.means.size() == n),
          "{}: images, sizes, ranks, means and generators must be lists of one length.",
          line.where);
  return example;
}

}  // namespace

std::uint64_t prompt_key(const EvalExample& example) {
  return text_hash(example.prompt.empty() ? "\n" + example.id : example.prompt);
}

std::uint64_t texts_key(const EvalExample& example) {
  return text_hash(Json{example.prompt, example.images, example.generators}.dump(
      -1, ' ', false, Json::error_handler_t::replace));
}

Json result_json(const PairResult& result, std::span<const Vote> votes) {
  return {{"p", json_number(result.p)},
          {"status", name(result.status)},
          {"p_ij", json_number(result.p_ij)},
          {"p_ji", json_number(result.p_ji)},
          {"flip_rate", json_number(result.flip_rate)},
          {"saturated_share", json_number(result.saturated_share)},
          {"unread", result.unread},
          {"forced", result.forced},
          {"votes", votes_json(votes)}};
}

Json record_json(const EvalExample& example, std::size_t index, const RecordOrigin& origin) {
  const EvalPair& pair = example.pairs.at(index);
  Json sizes = Json::array();
  for (const PictureSize& size : example.sizes) sizes.push_back({size.width, size.height});
  Json json = {{"schema", 1},
               {"id", fmt::format("{}:{}-{}", example.id, pair.first, pair.second)},
               {"example", example.id},
               {"pairs", example.pairs.size()},
               {"prompt", example.prompt},
               {"images", example.images},
               {"sizes", sizes}};
  if (!example.generators.empty()) json["generators"] = example.generators;
  json["ranks"] = example.ranks;
  if (!example.means.empty()) json["means"] = example.means;
  json["pair"] = {pair.first, pair.second};
  json["share"] = json_number(pair.share);
  if (!pair.share_from.empty()) json["share_from"] = pair.share_from;
  json.update(result_json(pair.result, pair.votes));
  json["prompt_tokens"] = pair.prompt_tokens;
  json["completion_tokens"] = pair.completion_tokens;
  if (pair.tokens > 0) json["tokens"] = pair.tokens;
  json["model"] = origin.model;
  json["seed"] = origin.seed;
  json["ms"] = pair.ms;
  return json;
}

std::vector<Vote> read_votes_of(const Json& json, const std::string& where) {
  return read_votes(Line{json, where}.at("votes"), where);
}

std::size_t read_record(const Json& json, const std::string& where, EvalExample& example) {
  const Line line{json, where};
  const auto id = line.get<std::string>("example");
  if (example.pairs.empty() || example.id != id) example = read_example(line);
  example.pairs.push_back(read_pair(line, example.images.size()));
  return line.get<std::size_t>("pairs");
}

}  // namespace juror
