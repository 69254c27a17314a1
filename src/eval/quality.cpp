#include "eval/quality.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "eval/judged.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kBins = 10;

Json calibration_numbers(const std::vector<Prediction>& predictions) {
  if (predictions.empty()) return {{"brier", nullptr}, {"ece", nullptr}};
  return {{"brier", brier_score(predictions)},
          {"ece", expected_calibration_error(predictions, kBins)}};
}

Json reliability_json(const std::vector<Prediction>& predictions) {
  Json list = Json::array();
  if (predictions.empty()) return list;
  for (const ReliabilityBin& bin : reliability(predictions, kBins)) {
    list.push_back({{"low", bin.low},
                    {"high", bin.high},
                    {"count", bin.count},
                    {"mean_p", bin.mean_p},
                    {"mean_outcome", bin.mean_outcome}});
  }
  return list;
}

Json coverage_json(const std::vector<Judgement>& judgements, std::int64_t unread) {
  Json list = Json::array();
  for (const CoveragePoint& point : accuracy_by_coverage(judgements, unread)) {
    list.push_back({{"coverage", point.coverage},
                    {"accuracy", point.accuracy},
                    {"confidence", point.confidence}});
  }
  return list;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

int human_choice(const EvalExample& example, const EvalPair& pair) {
  const double lead = example.ranks.at(pair.second) - example.ranks.at(pair.first);
  return (lead > 0) - (lead < 0);
}

/// The bracket of `value` among ascending upper ends.
int place_among(double value, std::initializer_list<double> ends) {
  return static_cast<int>(
      std::count_if(ends.begin(), ends.end(), [&](double end) { return value >= end; }));
}

enum class Aspect { kPortrait, kSquare, kLandscape };

Aspect aspect_of(const PictureSize& size) {
  const double ratio = static_cast<double>(size.width) / size.height;
  if (ratio > 1.1) return Aspect::kLandscape;
  return ratio < 1 / 1.1 ? Aspect::kPortrait : Aspect::kSquare;
}

}  // namespace

void JudgeQuality::Mean::add(double value) {
  if (std::isnan(value)) return;
  sum += value;
  ++count;
}

double JudgeQuality::Mean::mean() const {
  return count == 0 ? kUnknown : sum / static_cast<double>(count);
}

void JudgeQuality::add(const EvalExample& example) {
  for (const EvalPair& pair : example.pairs) add(example, pair);
}

void JudgeQuality::add(const EvalExample& example, const EvalPair& pair) {
  const PairResult& result = pair.result;
  const int human = human_choice(example, pair);
  const bool both_orders = !std::isnan(result.p_ij) && !std::isnan(result.p_ji);
  ++pairs_;
  human_ties_ += human == 0;
  votes_ += result.votes;
  unread_ += result.unread;
  forced_ += result.forced;
  flips_.add(result.flip_rate);
  saturated_.add(result.saturated_share);
  prompt_tokens_.add(static_cast<double>(pair.prompt_tokens * (both_orders ? 2 : 1)));
  completion_tokens_.add(static_cast<double>(pair.completion_tokens));
  seconds_.add(pair.ms / 1000);
  if (std::isnan(result.p)) {
    untied_unread_ += human != 0;
    return;
  }
  const double p = tempered(result.p, calibration_.temperature);
  if (!std::isnan(pair.share)) {
    raw_.push_back({result.p, pair.share});
    calibrated_.push_back({p, pair.share});
  }
  if (human != 0)
    judgements_.push_back(
        {.lead = std::abs(p - 0.5), .right = predicted_choice(p) == human ? 1.0 : 0.0});
}

Json JudgeQuality::json() const {
  Json json = {{"pairs", pairs_}, {"read", raw_.size()}};
  json.update(calibration_numbers(calibrated_));
  json["reliability"] = reliability_json(calibrated_);
  json["uncalibrated"] = calibration_.temperature == 1 ? Json(nullptr) : calibration_numbers(raw_);
  json["coverage"] = coverage_json(judgements_, untied_unread_);
  json.update(Json{{"flip_rate", json_number(flips_.mean())},
                   {"unread_rate", share(unread_, votes_)},
                   {"forced_rate", share(forced_, votes_)},
                   {"saturated_rate", json_number(saturated_.mean())},
                   {"prompt_tokens_per_pair", json_number(prompt_tokens_.mean())},
                   {"completion_tokens_per_pair", json_number(completion_tokens_.mean())},
                   {"seconds_per_pair", json_number(seconds_.mean())}});
  return json;
}

void Breakdowns::count(const std::string& dimension, int place, const std::string& label,
                       const ClusteredValue& value) {
  Group& group = dimensions_[dimension][place];
  group.label = label;
  group.values.push_back(value);
}

void Breakdowns::add(const EvalExample& example, std::size_t prompt) {
  const Bracket words = prompt_bracket(example.prompt);
  for (const EvalPair& pair : example.pairs) {
    const int human = human_choice(example, pair);
    if (human == 0) continue;
    const ClusteredValue value{.value = predicted_choice(pair.result.p) == human ? 1.0 : 0.0,
                               .cluster = prompt};
    const PictureSize &a = example.sizes.at(pair.first), &b = example.sizes.at(pair.second);
    const Bracket size = size_bracket(a, b), aspect = aspect_bracket(a, b),
                  agreement = agreement_bracket(pair.share);
    count("image_size", size.place, size.label, value);
    count("aspect_ratio", aspect.place, aspect.label, value);
    count("prompt_length", words.place, words.label, value);
    count("human_agreement", agreement.place, agreement.label, value);
  }
}

Json Breakdowns::json(std::int64_t seed) const {
  Json json = Json::object();
  for (const char* dimension : {"image_size", "aspect_ratio", "prompt_length", "human_agreement"}) {
    json[dimension] = Json::array();
    const auto groups = dimensions_.find(dimension);
    if (groups == dimensions_.end()) continue;
    for (const auto& [place, group] : groups->second) {
      const Interval interval = measured_share(group.values, {.seed = seed})->interval;
      json[dimension].push_back({{"label", group.label},
                                 {"pairs", group.values.size()},
                                 {"accuracy", mean_of(group.values)},
                                 {"ci", {interval.low, interval.high}}});
    }
  }
  return json;
}

Bracket size_bracket(const PictureSize& a, const PictureSize& b) {
  static const std::array<const char*, 5> labels = {
      "below 0.1 MP", "0.1 to 0.25 MP", "0.25 to 0.5 MP", "0.5 to 1 MP", "1 MP and more"};
  const auto pixels = [](const PictureSize& size) {
    return 1e-6 * static_cast<double>(size.width) * size.height;
  };
  const int place = place_among(std::min(pixels(a), pixels(b)), {0.1, 0.25, 0.5, 1});
  return {place, labels[static_cast<std::size_t>(place)]};
}

Bracket aspect_bracket(const PictureSize& a, const PictureSize& b) {
  if (aspect_of(a) != aspect_of(b)) return {3, "different"};
  switch (aspect_of(a)) {
    case Aspect::kPortrait:
      return {0, "portrait"};
    case Aspect::kSquare:
      return {1, "square"};
    case Aspect::kLandscape:
      return {2, "landscape"};
  }
  return {3, "different"};
}

Bracket prompt_bracket(const std::string& prompt) {
  static const std::array<const char*, 5> labels = {"no prompt", "1 to 10 words", "11 to 20 words",
                                                    "21 to 40 words", "more than 40 words"};
  std::istringstream text(prompt);
  double words = 0;
  for (std::string word; text >> word;) ++words;
  const int place = place_among(words, {1, 11, 21, 41});
  return {place, labels[static_cast<std::size_t>(place)]};
}

Bracket agreement_bracket(double share) {
  static const std::array<const char*, 5> labels = {"50 to 60 %", "60 to 70 %", "70 to 80 %",
                                                    "80 to 90 %", "90 to 100 %"};
  if (std::isnan(share)) return {5, "unknown"};
  const int place = place_among(std::max(share, 1 - share) + 1e-9, {0.6, 0.7, 0.8, 0.9});
  return {place, labels[static_cast<std::size_t>(place)]};
}

}  // namespace juror
