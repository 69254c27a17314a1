#include "engine/choose.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace juror {
namespace {

constexpr std::int64_t kBlock = 256;  // ids summed first: V is large

/// Weights above the `count`-th largest of each row, and of those equal to it the first. threshold:
/// [N, 1], the count-th largest; count: [N, 1].
Tensor keep_likeliest(const Tensor& weights, const Tensor& threshold, const Tensor& count) {
  const Tensor above = weights > threshold, equal = weights == threshold;
  const Tensor room = count - above.sum(-1, /*keepdim=*/true);
  const Tensor kept = above.logical_or(equal.logical_and(equal.cumsum(-1, at::kInt) <= room));
  return weights.masked_fill(kept.logical_not(), 0);
}

/// How many of each row fulfil the condition. [N, n] -> [N, 1]
Tensor count_of(const Tensor& condition) { return condition.sum(-1, /*keepdim=*/true); }

/// Index of the first running sum above `target`, but none behind the last increase. ends: [N, n]
/// ascending; target: [N, 1].
Tensor first_above(const Tensor& ends, const Tensor& target) {
  const Tensor last_increase = count_of(ends < ends.narrow(-1, ends.size(-1) - 1, 1));
  return at::minimum(count_of(ends <= target), last_increase);
}

/// The choice by mass on the host.
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

}  // namespace

Tensor keep_top_k(const Tensor& weights, const Tensor& k, std::int64_t largest_k) {
  const Tensor count = k.unsqueeze(1);
  const Tensor likeliest = std::get<0>(at::topk(weights, largest_k, -1));
  return keep_likeliest(weights, likeliest.gather(1, count - 1), count);
}

Tensor keep_top_p(const Tensor& weights, const Tensor& top_p) {
  const Tensor sorted = std::get<0>(weights.sort(-1, /*descending=*/true));
  const Tensor sums = sorted.cumsum(-1, at::kDouble);  // of the likeliest, it included
  const Tensor enough = top_p.unsqueeze(1) * sums.narrow(-1, sums.size(-1) - 1, 1);
  const Tensor count = (count_of(sums < enough) + 1).clamp_max(weights.size(1));
  return keep_likeliest(weights, sorted.gather(1, count - 1), count);
}

Tensor keep_min_p(const Tensor& weights, const Tensor& min_p) {
  const Tensor least = min_p.unsqueeze(1) * weights.amax(-1, /*keepdim=*/true).to(at::kDouble);
  return weights.masked_fill(weights.to(at::kDouble) < least, 0);
}

Tensor choose_by_mass(const Tensor& weights, const Tensor& uniform) {
  const std::int64_t rows = weights.size(0), blocks = (weights.size(1) + kBlock - 1) / kBlock;
  const Tensor whole = at::constant_pad_nd(weights, {0, blocks * kBlock - weights.size(1)});
  const Tensor by_block = whole.reshape({rows, blocks, kBlock});
  const Tensor ends = by_block.sum(-1, /*keepdim=*/false, at::kDouble).cumsum(-1);  // [N, blocks]
  const Tensor total = ends.narrow(-1, blocks - 1, 1);                              // [N, 1]
  const Tensor target = uniform.unsqueeze(1) * total;
  const Tensor block = first_above(ends, target);  // [N, 1]
  const Tensor before = at::constant_pad_nd(ends, {1, 0}).gather(1, block);
  const Tensor inside =
      by_block.gather(1, block.unsqueeze(2).expand({rows, 1, kBlock})).squeeze(1);  // [N, kBlock]
  const Tensor place = first_above(inside.cumsum(-1, at::kDouble), target - before);
  const Tensor ids = block * kBlock + place;
  return ids.masked_fill((total > 0).logical_not(), kNoToken).squeeze(1);
}

Tensor choose_largest(const Tensor& logits, const Tensor& banned) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  const Tensor forbidden = banned.logical_or(logits.isnan());
  // -inf may be chosen where nothing larger is left, what is forbidden never
  const Tensor allowed =
      logits.clamp_min(kLowest).masked_fill(forbidden, -std::numeric_limits<float>::infinity());
  const Tensor ids = allowed.argmax(-1, /*keepdim=*/true);
  return ids.masked_fill(allowed.gather(1, ids) < kLowest, kNoToken).squeeze(1);
}

std::int64_t choose_by_mass(std::span<const float> weights, const BannedTokens& banned,
                            double uniform) {
  const CumulativeSum sum(weights, banned);
  return sum.total() > 0.0 ? static_cast<std::int64_t>(sum.pick(uniform)) : kNoToken;
}

std::int64_t choose_largest(std::span<const float> logits, const BannedTokens& banned) {
  std::int64_t best = kNoToken;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (banned.contains(id) || std::isnan(logits[id])) continue;
    if (best < 0 || logits[id] > logits[static_cast<std::size_t>(best)])
      best = static_cast<std::int64_t>(id);
  }
  return best;
}

}  // namespace juror
