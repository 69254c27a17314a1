#include "generate/sampler.h"

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

std::vector<Candidate> allowed_candidates(std::span<const float> probabilities, const BannedTokens& banned) {
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
  std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(k), candidates.end(), is_likelier);
  candidates.resize(k);
}

void keep_top_p(std::vector<Candidate>& candidates, double top_p) {
  const double enough = top_p * total_probability(candidates);
  std::sort(candidates.begin(), candidates.end(), is_likelier);
  double sum = 0.0;
  std::size_t kept = 0;
  while (kept < candidates.size() && (kept == 0 || sum < enough)) sum += candidates[kept++].probability;
  candidates.resize(kept);
}

void keep_min_p(std::vector<Candidate>& candidates, double min_p) {
  double largest = 0.0;
  for (const Candidate& candidate : candidates) largest = std::max(largest, candidate.probability);
  std::erase_if(candidates, [&](const Candidate& c) { return c.probability < min_p * largest; });
}

/// The candidate that holds `uniform` of the whole mass. Walks in the order given.
std::size_t pick(const std::vector<Candidate>& candidates, double uniform) {
  double left = uniform * total_probability(candidates);
  const Candidate* last = &candidates.front();  // rounding may leave a rest behind the last one
  for (const Candidate& candidate : candidates) {
    if (candidate.probability <= 0.0) continue;
    last = &candidate;
    left -= candidate.probability;
    if (left < 0.0) break;
  }
  return last->id;
}

}  // namespace

double token_draw(const SampleName& name, std::int64_t token) {
  return Random{name.seed, name.step, name.prompt, name.sample, static_cast<std::uint64_t>(token)}.uniform();
}

BannedTokens banned_tokens(const ModelConfig& config, std::int64_t tokenizer_size, const std::vector<std::int64_t>& also) {
  const std::int64_t vocabulary = config.text.vocabulary;
  BannedTokens banned(vocabulary);
  std::vector<std::int64_t> ids = {config.image_token, config.video_token, config.vision_start_token,
                                   config.vision_end_token};
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
    if (best < 0 || logits[id] > logits[static_cast<std::size_t>(best)]) best = static_cast<std::int64_t>(id);
  }
  require(best >= 0, "No token can be sampled: all {} ids are banned or have no logit (NaN).", logits.size());
  return best;
}

std::int64_t sample_token(std::span<const float> probabilities, const SamplingOptions& options,
                          const BannedTokens& banned, double uniform) {
  std::vector<Candidate> candidates = allowed_candidates(probabilities, banned);
  if (options.top_k > 0) keep_top_k(candidates, static_cast<std::size_t>(options.top_k));
  if (options.top_p < 1.0) keep_top_p(candidates, options.top_p);
  if (options.min_p > 0.0) keep_min_p(candidates, options.min_p);
  require(!candidates.empty() && total_probability(candidates) > 0.0,
          "No token can be sampled: all {} ids are banned or have no probability (NaN).", probabilities.size());
  std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return static_cast<std::int64_t>(pick(candidates, uniform));
}

}  // namespace juror
