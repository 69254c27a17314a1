#include "grpo/metrics.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "preference/decision.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

double std_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

void add_lengths(const std::string& suffix, const std::vector<double>& lengths, Json& metrics) {
  const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  metrics["completions/mean_" + suffix] = mean_of(lengths);
  metrics["completions/min_" + suffix] = lengths.empty() ? 0 : *least;
  metrics["completions/max_" + suffix] = lengths.empty() ? 0 : *most;
}

}  // namespace

void add_completion_metrics(const std::vector<const Group*>& groups, Json& metrics) {
  std::vector<double> all, ended;
  for (const Group* group : groups) {
    for (const Sample& sample : group->samples) {
      all.push_back(static_cast<double>(sample.token_ids.size()));
      if (!sample.truncated) ended.push_back(all.back());
    }
  }
  add_lengths("length", all, metrics);
  metrics["completions/clipped_ratio"] =
      all.empty() ? 0 : 1 - static_cast<double>(ended.size()) / static_cast<double>(all.size());
  add_lengths("terminated_length", ended, metrics);
}

void add_reward_metrics(const Tensor& rewards, std::int64_t generations, Json& metrics) {
  const Tensor by_group = rewards.to(at::kDouble).reshape({-1, generations});
  const Tensor spread = by_group.amax(1) - by_group.amin(1);
  metrics["reward"] = by_group.mean().item<double>();
  metrics["reward_std"] = by_group.std().item<double>();
  metrics["frac_reward_zero_std"] = (spread == 0).to(at::kDouble).mean().item<double>();
}

void add_reward_parts(const std::vector<std::string>& names,
                      const std::vector<CollectedGroup>& collected, Json& metrics) {
  for (std::size_t r = 0; r < names.size(); ++r) {
    std::vector<double> values;
    for (const CollectedGroup& one : collected)
      values.insert(values.end(), one.rewards[r].begin(), one.rewards[r].end());
    metrics["rewards/" + names[r] + "/mean"] = mean_of(values);
    metrics["rewards/" + names[r] + "/std"] = std_of(values);
  }
}

void add_verdict_metrics(const std::vector<CollectedGroup>& collected, Json& metrics) {
  std::array<double, 5> by_status{};
  double all = 0, read = 0, saturated = 0, first = 0;
  for (const CollectedGroup& one : collected) {
    for (const ParsedCompletion& completion : one.reads) {
      ++all;
      ++by_status[static_cast<std::size_t>(completion.verdict.status)];
      if (std::isnan(completion.verdict.p)) continue;
      ++read;
      saturated += is_saturated(completion.verdict.p);
      first += completion.verdict.p > 0.5;
    }
  }
  for (const Status status :
       {Status::kOk, Status::kNoAnswer, Status::kBadAnswer, Status::kTruncated}) {
    metrics["verdicts/" + std::string(name(status))] =
        all == 0 ? 0 : by_status[static_cast<std::size_t>(status)] / all;
  }
  metrics["verdicts/saturated"] = read == 0 ? 0 : saturated / read;
  metrics["verdicts/answer_first"] = read == 0 ? 0 : first / read;
}

void add_loss_metrics(const GrpoStats& stats, bool has_reference, bool is_cispo, Json& metrics) {
  const double tokens = std::max(1.0, stats.tokens);
  metrics["policy_loss"] = stats.policy_loss;
  metrics["entropy"] = stats.entropy / tokens;
  if (has_reference) metrics["kl"] = stats.kl / tokens;
  const double ratios = std::max(1.0, stats.ratios), low = stats.clipped_low / ratios,
               high = stats.clipped_high / ratios;
  if (is_cispo) {
    metrics["cispo_clip_ratio"] = high;
    return;
  }
  metrics["clip_ratio/low_mean"] = low;
  metrics["clip_ratio/low_min"] = std::min(stats.least_low, low);
  metrics["clip_ratio/high_mean"] = high;
  metrics["clip_ratio/high_max"] = stats.most_high;
  metrics["clip_ratio/region_mean"] = low + high;
}

std::vector<Extreme> extremes_of(const std::vector<double>& rewards) {
  const auto worst = std::min_element(rewards.begin(), rewards.end()),
             best = std::max_element(rewards.begin(), rewards.end());
  if (*worst == *best) return {{.place = 0, .rank = "any"}};
  const auto place = [&](auto at) { return static_cast<std::size_t>(at - rewards.begin()); };
  return {{.place = place(best), .rank = "best"}, {.place = place(worst), .rank = "worst"}};
}

Tensor reward_row(const std::vector<CollectedGroup>& collected) {
  std::vector<double> rewards;
  for (const CollectedGroup& one : collected)
    rewards.insert(rewards.end(), one.reward.begin(), one.reward.end());
  return at::tensor(rewards, at::kDouble);
}

}  // namespace juror
