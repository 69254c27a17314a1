#include "eval/scores_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/parse_json.h"
#include "base/shown_json.h"

namespace juror {
namespace {

using Json = nlohmann::json;

std::string key_of(const std::string& id, const std::string& image) { return id + "\n" + image; }

double read_score(const Json& json, const std::string& where) {
  require(json.is_number() && std::isfinite(json.get<double>()),
          "{}: a score is {}, and a number is expected.", where, shown_json(json));
  return json.get<double>();
}

std::string text_of(const Json& json, const char* key, const std::string& where) {
  require(json[key].is_string(), "{}: '{}' is {}, and a text is expected.", where, key,
          shown_json(json[key]));
  return json[key].get<std::string>();
}

}  // namespace

ScoresFile::ScoresFile(const std::filesystem::path& file) : file_(file.string()) {
  std::istringstream lines(read_file(file));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = fmt::format("{}:{}", file_, ++number);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json json = json_or_discarded(line);
    require(json.is_object(), "{}: not a JSON object. Scores are one a line.", where);
    const std::string id = json.contains("id") ? text_of(json, "id", where) : "";
    if (json.contains("scores")) {
      require(!id.empty() && json["scores"].is_array(),
              "{}: a list of scores needs the 'id' of its example.", where);
      const auto [place, is_new] = by_example_.emplace(id, List{.scores = {}, .line = number});
      require(is_new, "{}: the example '{}' has scores in an earlier line too.", where, id);
      for (const Json& score : json["scores"])
        place->second.scores.push_back(read_score(score, where));
    } else {
      require(json.contains("image") && json.contains("score"),
              "{}: 'image' and 'score' are expected, or 'id' and 'scores'.", where);
      add(key_of(id, text_of(json, "image", where)), read_score(json["score"], where), where);
    }
  }
  require(!by_image_.empty() || !by_example_.empty(), "'{}' holds no score.", file_);
}

void ScoresFile::add(const std::string& key, double score, const std::string& where) {
  const auto [place, is_new] = by_image_.emplace(key, score);
  require(is_new || place->second == score,
          "{}: the image '{}' has another score in an earlier line; name its example with 'id'.",
          where, key.substr(key.find('\n') + 1));
}

std::vector<double> ScoresFile::scores_of(const PreferenceExample& example) const {
  if (const auto list = by_example_.find(example.id); list != by_example_.end()) {
    const auto& [scores, line] = list->second;
    require(scores.size() == example.images.size(),
            "{}:{}: the example '{}' has {} images, and {} scores stand here.", file_, line,
            example.id, example.images.size(), scores.size());
    return scores;
  }
  std::vector<double> scores;
  for (const std::string& image : example.images) {
    const std::string last = std::filesystem::path(image).filename().string();
    double score = std::numeric_limits<double>::quiet_NaN();
    for (const std::string& key : {key_of("", last), key_of("", image), key_of(example.id, last),
                                   key_of(example.id, image)}) {
      if (const auto found = by_image_.find(key); found != by_image_.end())
        score = found->second;  // the last, most exact one counts
    }
    scores.push_back(score);
  }
  return scores;
}

ScoresCoverage cover(DatasetReader& reader, const ScoresFile& scores) {
  ScoresCoverage coverage;
  bool any = false;
  std::string first;
  const auto is_known = [](double score) { return !std::isnan(score); };
  while (const std::optional<DatasetRow> row = reader.next()) {
    const std::vector<double> known = scores.scores_of(row->example);
    if (coverage.examples++ == 0)
      first = fmt::format("'{}' with the image '{}'", row->example.id, row->example.images.front());
    coverage.scored += std::all_of(known.begin(), known.end(), is_known);
    any = any || std::any_of(known.begin(), known.end(), is_known);
  }
  require(any,
          "'{}' scores no image of the {} examples: it names neither their ids nor their images. "
          "The first is {}.",
          scores.file(), coverage.examples, first);
  return coverage;
}

}  // namespace juror
