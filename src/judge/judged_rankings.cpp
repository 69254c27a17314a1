#include "judge/judged_rankings.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/parse_json.h"
#include "judge/reasons.h"
#include "preference/calibration.h"
#include "preference/ranking.h"
#include "records/comparison.h"
#include "records/journal.h"
#include "records/json_lines.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// When the file was written; a result does not depend on the hour in which it is exported.
std::int64_t written_ns(const fs::path& file) {
  const auto time = std::chrono::file_clock::to_sys(fs::last_write_time(file));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

ExportPair judged_pair(const PairIndex& pair, const PairResult& result,
                       const std::vector<Vote>& votes) {
  ExportPair judged{.first = pair.first, .second = pair.second, .p = result.p, .tie = result.tie};
  for (const Read& read : reads_of(votes)) {
    judged.votes_first += read.p > 0.5;
    judged.votes_second += read.p < 0.5;
  }
  for (const bool swapped : {false, true}) {
    std::vector<Vote> of_order;
    std::copy_if(votes.begin(), votes.end(), std::back_inserter(of_order),
                 [&](const Vote& vote) { return vote.swapped == swapped; });
    if (const Vote* vote = typical_vote(of_order, result.p))
      judged.thinking[swapped ? 1 : 0] = vote->verdict.thinking;
  }
  return judged;
}

// ---- journals ----

std::vector<Read> reads_of_pair(const EvalPair& pair) {
  std::vector<Read> reads = reads_of(pair.votes);
  if (reads.empty() && !std::isnan(pair.result.p)) reads.push_back({.p = pair.result.p});
  return reads;  // a scorer has a p and no votes
}

PairResult calibrated_result(const EvalPair& pair, const Calibration& calibration) {
  PairResult result = pair.result;
  result.p = tempered(result.p, calibration.temperature);
  const double lead = std::abs(result.p - 0.5);
  result.tie = lead < calibration.tie_band || lead == 0;
  return result;
}

JudgedGroup group_of(const EvalExample& example, const Calibration& calibration) {
  const std::size_t n = example.images.size();
  JudgedGroup group{.id = example.id, .prompt = example.prompt};
  std::vector<PairReads> reads;
  std::vector<Comparison> comparisons;
  for (const EvalPair& pair : example.pairs) {
    const PairResult result = calibrated_result(pair, calibration);
    reads.push_back({pair.first, pair.second, reads_of_pair(pair)});
    comparisons.push_back(
        {.pair = {pair.first, pair.second}, .result = result, .votes = pair.votes});
    group.pairs.push_back(judged_pair({pair.first, pair.second}, result, pair.votes));
  }
  const Ranking ranking = rank_images(n, reads);
  const std::vector<std::string> reasons = image_reasons(n, comparisons);
  for (std::size_t i = 0; i < n; ++i) {
    const RankedItem& item = ranking.items[i];
    group.images.push_back({.name = example.images[i],
                            .generator = example.generators.empty() ? "" : example.generators[i],
                            .position = item.position,
                            .rank = item.rank,
                            .score = item.score,
                            .score_low = item.score_low,
                            .score_high = item.score_high,
                            .reason = reasons[i]});
  }
  return group;
}

std::string text_of(const Json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

// ---- rankings of `juror rank --json` ----

std::string image_name(const Json& result) {
  const std::string exact = text_of(result, "image_base64");
  return exact.empty() ? result.at("image").get<std::string>() : from_base64(exact).value_or("");
}

JudgedImage image_of(const Json& result) {
  JudgedImage image{.name = image_name(result),
                    .position = result.at("position").get<std::int64_t>(),
                    .rank = result.at("rank").get<std::int64_t>(),
                    .score = result.at("score").get<double>(),
                    .score_low = result.at("ci").at(0).get<double>(),
                    .score_high = result.at("ci").at(1).get<double>(),
                    .reason = text_of(result, "reason")};
  image.generator = text_of(result, "generator");
  return image;
}

ExportPair pair_of(const Json& json, std::size_t images, const std::string& where) {
  const auto ends = json.at("pair").get<std::vector<std::size_t>>();
  require(ends.size() == 2 && ends[0] != ends[1] && std::max(ends[0], ends[1]) < images,
          "{}: the pair {} does not name two of the {} images.", where, json.at("pair").dump(),
          images);
  const std::vector<Vote> votes = read_votes_of(json, where);
  PairResult result{.p = json.at("p").is_null() ? kUnknown : json.at("p").get<double>()};
  result.tie = json.value("tie", result.p == 0.5);
  return judged_pair({ends[0], ends[1]}, result, votes);
}

JudgedGroup ranking_of(const Json& json, const std::string& where) {
  JudgedGroup group{.prompt = text_of(json, "prompt"), .judge = text_of(json, "model")};
  group.id = text_of(json, "id");
  const Json& results = json.at("results");
  group.images.resize(results.size());
  std::vector<bool> seen(results.size());
  for (const Json& result : results) {
    const auto index = result.at("index").get<std::size_t>();
    require(index < seen.size() && !seen[index], "{}: the index {} stands twice or is too large.",
            where, index);
    seen[index] = true;
    group.images[index] = image_of(result);
  }
  if (json.contains("comparisons"))
    for (const Json& pair : json.at("comparisons"))
      group.pairs.push_back(pair_of(pair, group.images.size(), where));
  return group;
}

/// Reads the lines of a file, whichever kind they are of.
class Reading {
 public:
  explicit Reading(const fs::path& file) { rankings_.file = file; }

  void line(const Json& json, const std::string& where) {
    try {
      if (json.contains("results")) {
        rankings_.groups.push_back(ranking_of(json, where));
      } else if (json.contains("pair")) {
        record(json, where);
      } else if (json.contains("eval")) {
        header(json["eval"]);
      }  // else a failure of a journal, which says what could not be judged
    } catch (const Json::exception& error) {
      throw Error(
          fmt::format("{}: this is no ranking of `juror rank --json` and no comparison "
                      "record: {}.",
                      where, error.what()));
    }
  }

  JudgedRankings take() {
    if (!open_.pairs.empty()) ++rankings_.unfinished;
    const std::int64_t time = written_ns(rankings_.file);
    for (JudgedGroup& group : rankings_.groups) {
      group.time_ns = time;
      if (group.id.empty()) group.id = rankings_.file.stem().string();
      if (group.judge.empty()) group.judge = judge_;
    }
    return std::move(rankings_);
  }

 private:
  void header(const Json& eval) {
    judge_ = text_of(eval, "model");
    if (const std::string path = text_of(eval, "data"); !path.empty())
      rankings_.data = {path, text_of(eval, "format"), text_of(eval, "split")};
    const auto calibration = eval.find("calibration");
    if (calibration == eval.end() || !calibration->is_object()) return;
    calibration_ = {.temperature = calibration->value("temperature", 1.0),
                    .tie_band = calibration->value("tie_band", 0.0)};
  }

  void record(const Json& json, const std::string& where) {
    if (!open_.pairs.empty() && open_.id != json.at("example").get<std::string>())
      ++rankings_.unfinished;
    const std::size_t all = read_record(json, where, open_);
    if (open_.pairs.size() < all) return;
    rankings_.groups.push_back(group_of(open_, calibration_));
    rankings_.groups.back().judge = text_of(json, "model");
    open_ = {};
  }

  JudgedRankings rankings_;
  Calibration calibration_;
  std::string judge_;
  EvalExample open_;
};

/// The file as one object over many lines, as `--json` prints it; null where it is none.
Json whole_object(const fs::path& file) { return json_or_discarded<Json>(read_file(file)); }

}  // namespace

JudgedRankings read_judged(const fs::path& path) {
  const fs::path file = journal_file(path);
  Reading reading(file);
  const Json whole = whole_object(file);
  if (whole.is_object()) {
    reading.line(whole, "'" + file.string() + "'");
  } else {
    each_json_line(file, [&](const Json& json, const LinePlace& place) {
      if (place.is_whole) reading.line(json, place.str());
    });
  }
  JudgedRankings rankings = reading.take();
  require(
      !rankings.groups.empty(),
      "'{}' holds no ranking: `juror rank … --json -o FILE` and the journals of `juror eval` do.",
      file.string());
  return rankings;
}

}  // namespace juror
