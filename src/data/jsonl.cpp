// JSON Lines of preference examples, strictly: what is not understood is refused with its place.
#include "data/jsonl.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/shown_json.h"
#include "data/table.h"

namespace juror {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key, const std::string& place) {
  require(object.contains(key), "{}: the example has no \"{}\".", place, key);
  require(object[key].is_string(), "{}: \"{}\" is {}; it must be a string.", place, key,
          shown_json(object[key]));
  return object[key].get<std::string>();
}

std::vector<std::string> images_of(const Json& object, const std::string& place) {
  const bool is_list = object.contains("images") && object["images"].is_array();
  require(is_list, "{}: the example needs \"images\", a list of file names.", place);
  for (const Json& image : object["images"])
    require(image.is_string(), "{}: \"images\" holds {}; it must hold file names.", place,
            shown_json(image));
  return object["images"].get<std::vector<std::string>>();
}

Ranks ranks_of(const Json& list, const char* key, const std::string& place) {
  require(list.is_array(), "{}: \"{}\" holds {}; it must hold a list of ranks.", place, key,
          shown_json(list));
  Ranks ranks;
  for (const Json& rank : list) {
    const bool fits = rank.is_number_integer() && rank >= 1 && rank <= 1'000'000'000;
    require(fits, "{}: \"{}\" holds the rank {}; ranks are whole numbers from 1 (the best).", place,
            key, shown_json(rank));
    ranks.push_back(rank.get<int>());
  }
  return ranks;
}

void require_known_keys(const Json& object, const std::string& place) {
  static const std::set<std::string> known = {"id",      "prompt", "images",
                                              "ranking", "votes",  "source"};
  for (const auto& [key, value] : object.items()) {
    require(known.contains(key),
            "{}: unknown key \"{}\"; an example has id, prompt, images, ranking, votes, source.",
            place, key);
  }
}

/// The rules of `check_example`, with the place in the file before the sentence.
void check_at(const PreferenceExample& example, const std::string& place) {
  try {
    check_example(example);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", place, error.what()), error.kind());
  }
}

}  // namespace

PreferenceExample preference_of(const Json& object, const std::string& place) {
  require_known_keys(object, place);
  PreferenceExample example;
  example.id = text_of(object, "id", place);
  example.prompt = text_of(object, "prompt", place);
  example.images = images_of(object, place);
  if (object.contains("ranking")) example.ranking = ranks_of(object["ranking"], "ranking", place);
  if (object.contains("votes")) {
    require(object["votes"].is_array(),
            "{}: \"votes\" must be a list of rankings, one per annotator.", place);
    for (const Json& vote : object["votes"])
      example.votes.push_back(ranks_of(vote, "votes", place));
  }
  if (object.contains("source")) example.source = text_of(object, "source", place);
  check_at(example, place);
  return example;
}

std::vector<PreferenceExample> read_preference_jsonl(const std::filesystem::path& file) {
  std::vector<PreferenceExample> examples;
  std::set<std::string> ids;
  const std::unique_ptr<Table> table = open_json_table(file);
  while (const auto record = table->next()) {
    examples.push_back(preference_of(record->fields, record->place));
    record->expect(ids.insert(examples.back().id).second,
                   "the id \"{}\" stands in an earlier line too; ids must differ.",
                   examples.back().id);
  }
  require(!examples.empty(), "{}: holds no example.", file.string());
  return examples;
}

std::string to_jsonl_line(const PreferenceExample& example) {
  nlohmann::ordered_json object;
  object["id"] = example.id;
  object["prompt"] = example.prompt;
  object["images"] = example.images;
  if (!example.ranking.empty()) object["ranking"] = example.ranking;
  if (!example.votes.empty()) object["votes"] = example.votes;
  if (!example.source.empty()) object["source"] = example.source;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_preference_jsonl(const std::filesystem::path& file,
                            const std::vector<PreferenceExample>& examples) {
  AtomicFile out(file);
  for (const PreferenceExample& example : examples) out.write(to_jsonl_line(example) + "\n");
  out.commit();
}

}  // namespace juror
