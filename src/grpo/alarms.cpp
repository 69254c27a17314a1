#include "grpo/alarms.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace juror {
namespace {

constexpr double kOneSided = 0.95, kCollapsed = 0.1, kDrift = 2.0;
constexpr std::int64_t kFlatSteps = 5;
constexpr double kGrown = 10.0, kSmallDifference = 1e-3;  // nats that fp32 stays well below

}  // namespace

std::vector<std::string> Alarms::check(const nlohmann::ordered_json& metrics) {
  if (!metrics.contains("reward")) return {};
  const auto number = [&](const char* key) { return metrics.at(key).get<double>(); };
  const double length = number("completions/mean_length"), entropy = number("entropy"),
               first = number("verdicts/answer_first"),
               difference = number("sampling/logp_difference_max");
  if (first_length_ == 0) {
    first_length_ = length;
    first_entropy_ = entropy;
    first_difference_ = difference;
  }
  flat_steps_ = number("frac_reward_zero_std") == 1 ? flat_steps_ + 1 : 0;
  std::vector<std::string> found;
  const auto say = [&](bool is_wrong, const std::string& kind, const std::string& sentence) {
    if (!is_wrong || std::find(said_.begin(), said_.end(), kind) != said_.end()) return;
    said_.push_back(kind);
    found.push_back(sentence);
  };
  say(length > kDrift * first_length_ || length < first_length_ / kDrift, "length",
      fmt::format("completions have {:.0f} tokens, after {:.0f} at the start", length,
                  first_length_));
  say(number("verdicts/ok") > 0.5 && (first > kOneSided || first < 1 - kOneSided), "side",
      fmt::format("{:.0f} % of the verdicts name the image shown first", 100 * first));
  say(entropy < kCollapsed * first_entropy_, "entropy",
      fmt::format("the entropy fell to {:.3f}, from {:.3f} at the start", entropy, first_entropy_));
  say(flat_steps_ >= kFlatSteps, "flat",
      fmt::format("no group had any spread of rewards in {} steps: nothing is learnt",
                  flat_steps_));
  say(difference > std::max(kSmallDifference, kGrown * first_difference_), "difference",
      fmt::format("log-probs of sampling and training differ by up to {:.1e} nats, after {:.1e} at "
                  "the start: the model may have grown numerically fragile",
                  difference, first_difference_));
  return found;
}

nlohmann::ordered_json Alarms::state() const {
  return {{"first_length", first_length_},
          {"first_entropy", first_entropy_},
          {"first_difference", first_difference_},
          {"flat_steps", flat_steps_},
          {"said", said_}};
}

void Alarms::load_state(const nlohmann::json& state) {
  first_length_ = state.at("first_length");
  first_entropy_ = state.at("first_entropy");
  first_difference_ = state.value("first_difference", 0.0);
  flat_steps_ = state.at("flat_steps");
  said_ = state.at("said").get<std::vector<std::string>>();
}

}  // namespace juror
