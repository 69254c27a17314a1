// Writing and reading synthetic data sets.
#include "synth/dataset.h"

#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/option_json.h"
#include "base/parse_json.h"
#include "base/shown_json.h"
#include "base/version.h"
#include "data/jsonl.h"
#include "data/prefetch.h"
#include "image/encode.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A pair with its pictures encoded, so that the threads share that work too.
struct MadePair {
  SynthPair pair;
  std::string first_png, second_png;
};

MadePair make_encoded(const PhotoSet& photos, const SynthDatasetOptions& options,
                      std::uint64_t index) {
  MadePair made{
      make_synth_pair(photos, options.synth, static_cast<std::uint64_t>(options.seed), index),
      {},
      {}};
  made.first_png = encode_png(made.pair.first);
  made.second_png = encode_png(made.pair.second);
  return made;
}

PreferenceExample example_of(const SynthPair& pair, const std::string& id) {
  PreferenceExample example;
  example.id = id;
  example.images = {"images/" + id + "-1.png", "images/" + id + "-2.png"};
  for (int voter = 0; voter < pair.voters; ++voter)
    example.votes.push_back(voter < pair.votes_first ? Ranks{1, 2} : Ranks{2, 1});
  example.source = pair.same_photo ? "synth/same" : "synth/different";
  return example;
}

Json severities(const Degradation& truth) {
  Json object = Json::object();
  for (int i = 0; i < kDefects; ++i) {
    const auto defect = static_cast<Defect>(i);
    if (truth[defect] > 0) object[std::string(defect_name(defect))] = truth[defect];
  }
  return object;
}

Json truth_of(const SynthPair& pair, const std::string& id, const PhotoSet& photos) {
  return {{"id", id},
          {"same_photo", pair.same_photo},
          {"photos", {photos.name(pair.photo1), photos.name(pair.photo2)}},
          {"defects", Json::array({severities(pair.a), severities(pair.b)})},
          {"quality", {pair.q1, pair.q2}}};
}

Degradation read_severities(const Json& object, const std::string& where) {
  require(object.is_object(), "{}: \"defects\" must hold an object for each picture.", where);
  Degradation truth;
  for (const auto& [name, value] : object.items()) {
    const auto defect = defect_by_name(name);
    require(defect.has_value(), "{}: unknown defect \"{}\".", where, name);
    require(value.is_number() && value >= 0 && value <= 1,
            "{}: the severity of \"{}\" is {}; it must be 0 … 1.", where, name, shown_json(value));
    truth[*defect] = value.get<float>();
  }
  return truth;
}

SynthTruth read_pair(const Json& object, const std::string& file, std::size_t index) {
  const std::string where = fmt::format("{}: pair {}", file, index);
  const auto two = [&](const char* key) {
    return object.contains(key) && object[key].is_array() && object[key].size() == 2;
  };
  require(object.is_object() && object.contains("id") && object["id"].is_string(),
          "{} has no \"id\".", where);
  require(object.contains("same_photo") && object["same_photo"].is_boolean(),
          "{} has no \"same_photo\".", where);
  for (const char* key : {"photos", "defects", "quality"})
    require(two(key), "{}: \"{}\" must be a list of two.", where, key);
  for (std::size_t i = 0; i < 2; ++i)
    require(object["photos"][i].is_string() && object["quality"][i].is_number(),
            "{}: \"photos\" must hold names and \"quality\" numbers.", where);
  return {.id = object["id"].get<std::string>(),
          .same_photo = object["same_photo"].get<bool>(),
          .photo1 = object["photos"][0].get<std::string>(),
          .photo2 = object["photos"][1].get<std::string>(),
          .a = read_severities(object["defects"][0], where),
          .b = read_severities(object["defects"][1], where),
          .q1 = object["quality"][0].get<double>(),
          .q2 = object["quality"][1].get<double>()};
}

/// The finished data set's two tables.
void write_tables(const fs::path& folder, const std::vector<PreferenceExample>& examples,
                  const Json& truths, const SynthDatasetOptions& options, const PhotoSet& photos) {
  Json all;
  all["schema"] = 1;
  all["juror"] = juror_version();
  all["seed"] = options.seed;
  all["photos"] = photos.size();
  all["photos_hash"] = fmt::format("{:016x}", photos.fingerprint());
  SynthDatasetOptions listed = options;
  all["options"] = options_json(list_options(listed));
  all["working_size"] = options.synth.working_size;
  all["voters"] = options.synth.voters;
  all["pairs"] = truths;
  write_file_atomic(folder / "synth.json",
                    all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  write_preference_jsonl(folder / "synth.jsonl", examples);
}

}  // namespace

std::int64_t write_synth_dataset(const PhotoSet& photos, const SynthDatasetOptions& options,
                                 const fs::path& folder, const Progress& progress) {
  require(!fs::exists(folder / "synth.jsonl"),
          "'{}' already holds a synthetic data set; choose another folder or remove it.",
          folder.string());
  std::error_code failed;
  fs::create_directories(folder / "images", failed);
  require(!failed, "Cannot make the folder '{}': {}.", (folder / "images").string(),
          failed.message());

  const FileLock lock(folder / "synth.lock", fmt::format("The folder '{}'", folder.string()));
  const int threads = options.threads > 0
                          ? static_cast<int>(options.threads)
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  Prefetcher<MadePair> pairs(
      [&](std::uint64_t index) { return make_encoded(photos, options, index); }, 0, threads,
      2 * threads);
  std::vector<PreferenceExample> examples;
  Json truths = Json::array();
  for (std::int64_t i = 0; i < options.pairs; ++i) {
    const MadePair made = pairs.next();
    const std::string id = fmt::format("{:05}", i);
    write_file_atomic(folder / "images" / (id + "-1.png"), made.first_png);
    write_file_atomic(folder / "images" / (id + "-2.png"), made.second_png);
    examples.push_back(example_of(made.pair, id));
    truths.push_back(truth_of(made.pair, id, photos));
    if (progress && !progress("pairs", i + 1, options.pairs)) break;
  }
  write_tables(folder, examples, truths, options, photos);
  return static_cast<std::int64_t>(examples.size());
}

std::vector<SynthTruth> read_synth_truth(const fs::path& file) {
  const Json all = json_or_discarded<Json>(read_file(file));
  const bool is_truth = all.is_object() && all.contains("pairs") && all["pairs"].is_array();
  require(is_truth,
          "'{}' is not the truth of a synthetic data set: it must be a JSON object with \"pairs\".",
          file.string());
  std::vector<SynthTruth> truths;
  for (std::size_t i = 0; i < all["pairs"].size(); ++i)
    truths.push_back(read_pair(all["pairs"][i], file.string(), i));
  return truths;
}

}  // namespace juror
