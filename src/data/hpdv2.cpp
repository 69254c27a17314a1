#include "data/hpdv2.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

using Json = nlohmann::json;

Ranks read_ranks(const Json& row, std::size_t images, const std::string& where) {
  require(row.is_object() && row.contains("rank") && row["rank"].is_array() && row["rank"].size() == images,
          "{}: rank must be a list of {} numbers, one an image.", where, images);
  Ranks ranks;
  for (const Json& rank : row["rank"]) {
    require(rank.is_number_integer() && rank.get<std::int64_t>() >= 1 && rank.get<std::int64_t>() <= 1'000'000,
            "{}: a rank is not a whole number from 1 on.", where);
    ranks.push_back(rank.get<int>());
  }
  return ranks;
}

PreferenceExample read_row(const Json& row, const std::filesystem::path& folder, const std::string& where) {
  require(row.is_object() && row.contains("prompt") && row["prompt"].is_string(), "{}: the text 'prompt' is missing.", where);
  require(row.contains("image_path") && row["image_path"].is_array() && row["image_path"].size() >= 2,
          "{}: image_path must be a list of two or more names.", where);
  PreferenceExample example{.prompt = row["prompt"].get<std::string>(), .source = "hpdv2"};
  for (const Json& name : row["image_path"]) {
    require(name.is_string(), "{}: image_path holds something that is no text.", where);
    const std::filesystem::path path = name.get<std::string>();
    require(path.filename() == path, "{}: the image name '{}' must not leave the folder of images.", where, path.string());
    example.images.push_back((folder / "test" / path).string());
  }
  example.ranking = read_ranks(row, example.images.size(), where);
  if (!row.contains("raw_annotations")) return example;
  require(row["raw_annotations"].is_array(), "{}: raw_annotations must be a list.", where);
  for (const Json& annotation : row["raw_annotations"]) {
    example.votes.push_back(read_ranks(annotation, example.images.size(), where + ", raw_annotations"));
  }
  return example;
}

}  // namespace

std::vector<PreferenceExample> read_hpdv2_test(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "test.json";
  const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  require(json.is_array() && !json.empty(), "'{}' is not a JSON list of examples.", file.string());
  std::vector<PreferenceExample> examples;
  for (std::size_t i = 0; i < json.size(); ++i) {
    examples.push_back(read_row(json[i], folder, fmt::format("'{}', row {}", file.string(), i)));
    examples.back().id = fmt::format("hpdv2-{}", i);
  }
  return examples;
}

}  // namespace juror
