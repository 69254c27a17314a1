#include "engine/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace juror {
namespace {

struct Candidate {
  double probability;
  std::size_t id;
};

bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
}

std::vector<Candidate> allowed_candidates(std::span<const float> probabilities,
                                          const BannedTokens& banned) {
  std::vector<Candidate> candidates;
  candidates.reserve(probabilities.size());
  for (std::size_t id = 0; id < probabilities.size(); ++id) {
    if (!banned.contains(id)) candidates.push_back({static_cast<double>(probabilities[id]), id});
  }
  return candidates;
}

double total_probability(const std::vector<Candidate>& candidates) {
  double total = 0.0;
  for (const Candidate& candidate : candidates) total += candidate.probability;
  return total;
}

void keep_top_k(std::vector<Candidate>& candidates, std::size_t k) {
  if (candidates.size() <= k) return;
  std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(k),
                   candidates.end(), is_likelier);
  candidates.resize(k);
}

void keep_top_p(std::vector<Candidate>& candidates, double top_p) {
  const double enough = top_p * total_probability(candidates);
  std::sort(candidates.begin(), candidates.end(), is_likelier);
  double sum = 0.0;
  std::size_t kept = 0;
  while (kept < candidates.size() && (kept == 0 || sum < enough))
    sum += candidates[kept++].probability;
  candidates.resize(kept);
}

void keep_min_p(std::vector<Candidate>& candidates, double min_p) {
  double largest = 0.0;
  for (const Candidate& candidate : candidates) largest = std::max(largest, candidate.probability);
  std::erase_if(candidates, [&](const Candidate& c) { return c.probability < min_p * largest; });
}

/// The id that holds `uniform` of the whole mass, walking ids in ascending order. Walks blocks
/// first: V is large.
class CumulativeSum {
 public:
  CumulativeSum(std::span<const float> weights, const BannedTokens& banned)
      : weights_(weights), banned_(banned) {
    for (std::size_t begin = 0; begin < weights.size(); begin += kBlock) {
      double lanes[4] = {};  // four sums side by side hide the latency of adding
      for (std::size_t id = begin; id < end_of(begin); ++id) lanes[id % 4] += weight(id);
      blocks_.push_back((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
      total_ += blocks_.back();
    }
  }

  double total() const { return total_; }

  std::size_t pick(double uniform) const {
    double left = uniform * total_;
    std::size_t block = 0, last = 0;
    while (block + 1 < blocks_.size() && left >= blocks_[block]) left -= blocks_[block++];
    for (std::size_t id = block * kBlock; id < end_of(block * kBlock); ++id) {
      if (weight(id) <= 0.0) continue;
      last = id;
      left -= weight(id);
      if (left < 0.0) return id;
    }
    return weight(last) > 0.0 ? last : last_possible();  // rounding left a rest behind the last one
  }

 private:
  static constexpr std::size_t kBlock = 256;
  std::size_t end_of(std::size_t begin) const { return std::min(begin + kBlock, weights_.size()); }
  double weight(std::size_t id) const {
    return banned_.contains(id) ? 0.0 : static_cast<double>(weights_[id]);
  }
  std::size_t last_possible() const {
    std::size_t id = weights_.size() - 1;
    while (id > 0 && weight(id) <= 0.0) --id;
    return id;
  }

  std::span<const float> weights_;
  const BannedTokens& banned_;
  std::vector<double> blocks_;
  double total_ = 0.0;
};

/// The probabilities that the cuts leave, [V]; zero elsewhere.
std::vector<float> cut(std::span<const float> probabilities, const SamplingOptions& options,
                       const BannedTokens& banned) {
  std::vector<Candidate> candidates = allowed_candidates(probabilities, banned);
  if (options.top_k > 0) keep_top_k(candidates, static_cast<std::size_t>(options.top_k));
  if (options.top_p < 1.0) keep_top_p(candidates, options.top_p);
  if (options.min_p > 0.0) keep_min_p(candidates, options.min_p);
  std::vector<float> left(probabilities.size(), 0.0F);
  for (const Candidate& candidate : candidates) left[candidate.id] = probabilities[candidate.id];
  return left;
}

}  // namespace

double token_draw(const SampleName& name, std::int64_t token) {
  return Random{name.seed, name.step, name.prompt, name.sample, static_cast<std::uint64_t>(token)}
      .uniform();
}

BannedTokens banned_tokens(const ModelConfig& config, std::int64_t tokenizer_size,
                           const std::vector<std::int64_t>& also) {
  const std::int64_t vocabulary = config.text.vocabulary;
  BannedTokens banned(vocabulary);
  std::vector<std::int64_t> ids = {config.image_token, config.video_token,
                                   config.vision_start_token, config.vision_end_token};
  ids.insert(ids.end(), also.begin(), also.end());
  for (const std::int64_t id : ids) {
    if (id >= 0 && id < vocabulary) banned.ban(id);
  }
  for (std::int64_t id = tokenizer_size; id < vocabulary; ++id) banned.ban(id);
  return banned;
}

std::int64_t greedy_token(std::span<const float> logits, const BannedTokens& banned) {
  std::int64_t best = -1;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (banned.contains(id) || std::isnan(logits[id])) continue;
    if (best < 0 || logits[id] > logits[static_cast<std::size_t>(best)])
      best = static_cast<std::int64_t>(id);
  }
  require(best >= 0, "No token can be sampled: all {} ids are banned or have no logit (NaN).",
          logits.size());
  return best;
}

std::int64_t sample_token(std::span<const float> probabilities, const SamplingOptions& options,
                          const BannedTokens& banned, double uniform) {
  const bool is_cut = options.top_k > 0 || options.top_p < 1.0 || options.min_p > 0.0;
  std::vector<float> left;
  if (is_cut) left = cut(probabilities, options, banned);
  const CumulativeSum sum(is_cut ? std::span<const float>(left) : probabilities, banned);
  require(sum.total() > 0.0,
          "No token can be sampled: all {} ids are banned or have no probability (NaN).",
          probabilities.size());
  return static_cast<std::int64_t>(sum.pick(uniform));
}

}  // namespace juror
