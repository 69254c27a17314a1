#include "records/completion.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::pair<std::string, double>> rewards_of(const Json& line, const std::string& place) {
  std::vector<std::pair<std::string, double>> rewards;
  if (!line.contains("rewards") || line["rewards"].is_null()) return rewards;
  require(line["rewards"].is_object(), "{}: 'rewards' must be an object of numbers by name.",
          place);
  for (const auto& [name, value] : line["rewards"].items()) {
    rewards.emplace_back(name, number_at(line["rewards"], name, place));
  }
  return rewards;
}

std::vector<std::string> images_of(const Json& line, const std::string& place) {
  std::vector<std::string> images;
  for (const Json& image : list_at(line, "images", place)) {
    require(image.is_string(), "{}: 'images' must be a list of paths or data: URIs.", place);
    images.push_back(image.get<std::string>());
  }
  return images;
}

/// A text, or a number as it is written.
std::string id_of(const Json& line) {
  if (!line.contains("id") || line["id"].is_null()) return {};
  return line["id"].is_string() ? line["id"].get<std::string>() : line["id"].dump();
}

}  // namespace

double step_of_line(const Json& line, const std::string& place) {
  const double step = number_at(line, "step", place);
  require(!std::isnan(step), "{}: the key 'step' is missing; each logged completion needs it.",
          place);
  return step;
}

LoggedCompletion read_completion(const Json& line, const std::string& place) {
  return {.step = step_of_line(line, place),
          .id = id_of(line),
          .prompt = text_at(line, "prompt", place),
          .images = images_of(line, place),
          .swapped = line.contains("swapped") && line["swapped"] == true,
          .vote_share = number_at(line, "vote_share", place),
          .rank = text_at(line, "rank", place),
          .group_size = number_at(line, "group_size", place),
          .thinking = text_at(line, "thinking", place),
          .answer = text_at(line, "answer", place),
          .status = text_at(line, "status", place),
          .p = number_at(line, "p", place),
          .reward = number_at(line, "reward", place),
          .rewards = rewards_of(line, place),
          .advantage = number_at(line, "advantage", place)};
}

Json completion_json(const LoggedCompletion& c) {
  Json rewards = Json::object();
  for (const auto& [name, value] : c.rewards) rewards[name] = json_number(value);
  return {{"step", static_cast<std::int64_t>(c.step)},
          {"images", c.images},
          {"id", c.id},
          {"prompt", c.prompt},
          {"swapped", c.swapped},
          {"vote_share", json_number(c.vote_share)},
          {"rank", c.rank},
          {"group_size", static_cast<std::int64_t>(c.group_size)},
          {"thinking", c.thinking},
          {"answer", c.answer},
          {"p", json_number(c.p)},
          {"status", c.status},
          {"reward", json_number(c.reward)},
          {"rewards", rewards},
          {"advantage", json_number(c.advantage)}};
}

}  // namespace juror
