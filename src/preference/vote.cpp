#include "preference/vote.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "preference/vote_spread.h"

namespace juror {
namespace {

/// Mean p of the reads in one order; NaN without any.
double mean_of_order(std::span<const Read> reads, bool swapped) {
  double sum = 0;
  double count = 0;
  for (const Read& read : reads) {
    if (read.swapped != swapped) continue;
    sum += read.p;
    ++count;
  }
  return count > 0 ? sum / count : kUnknown;
}

double mean_of_known(double a, double b) {
  if (std::isnan(a)) return b;
  return std::isnan(b) ? a : (a + b) / 2;
}

PairStatus status_of(std::span<const Vote> votes, const PairResult& result) {
  const auto order_voted = [&](bool swapped) {
    return std::any_of(votes.begin(), votes.end(),
                       [&](const Vote& vote) { return vote.swapped == swapped; });
  };
  if (std::isnan(result.p)) return PairStatus::kUnread;
  const bool lost_ij = std::isnan(result.p_ij) && order_voted(false);
  const bool lost_ji = std::isnan(result.p_ji) && order_voted(true);
  return lost_ij || lost_ji ? PairStatus::kOneOrder : PairStatus::kOk;
}

}  // namespace

double own_p(const Vote& vote) { return vote.swapped ? 1 - vote.verdict.p : vote.verdict.p; }

int decision(double p) {
  constexpr double kEvenTolerance = 1e-12;  // sums of p and 1 − p are even up to rounding
  if (std::abs(p - 0.5) <= kEvenTolerance) return 0;
  return p > 0.5 ? 1 : -1;
}

std::vector<Read> reads_of(std::span<const Vote> votes) {
  std::vector<Read> reads;
  for (const Vote& vote : votes) {
    if (!std::isnan(vote.verdict.p)) reads.push_back({.p = own_p(vote), .swapped = vote.swapped});
  }
  return reads;
}

std::vector<Read> criterion_reads(std::span<const Vote> votes, std::size_t criterion) {
  std::vector<Read> reads;
  for (const Vote& vote : votes) {
    if (criterion >= vote.verdict.criteria.size()) continue;
    const double p = vote.verdict.criteria[criterion];
    if (!std::isnan(p)) reads.push_back({.p = vote.swapped ? 1 - p : p, .swapped = vote.swapped});
  }
  return reads;
}

double order_balanced_mean(std::span<const Read> reads) {
  return mean_of_known(mean_of_order(reads, false), mean_of_order(reads, true));
}

std::string_view name(PairStatus status) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "one_order", "unread"};
  return kNames.at(static_cast<std::size_t>(status));
}

PairResult fold_votes(std::span<const Vote> votes, const PairOptions& options) {
  const std::vector<Read> reads = reads_of(votes);
  PairResult result;
  result.p_ij = mean_of_order(reads, false);
  result.p_ji = mean_of_order(reads, true);
  result.p = mean_of_known(result.p_ij, result.p_ji);
  result.status = status_of(votes, result);
  result.flip_rate = flip_rate(votes);
  result.spread = spread(reads);
  result.saturated_share = saturated_share(reads);
  result.votes = static_cast<std::int64_t>(votes.size());
  result.unread = result.votes - static_cast<std::int64_t>(reads.size());
  for (const Vote& vote : votes) {
    if (vote.verdict.status == Status::kForced && !std::isnan(vote.verdict.p)) ++result.forced;
  }
  std::size_t criteria = 0;
  for (const Vote& vote : votes) criteria = std::max(criteria, vote.verdict.criteria.size());
  for (std::size_t k = 0; k < criteria; ++k)
    result.criteria.push_back(order_balanced_mean(criterion_reads(votes, k)));
  result.tie_band = options.tie_band;
  result.tie = decision(result.p) == 0 || std::abs(result.p - 0.5) < options.tie_band;
  result.abstain_below = options.abstain_below;
  result.abstained = std::abs(result.p - 0.5) < options.abstain_below;  // false for NaN
  if (result.status == PairStatus::kUnread) result.tie = false;
  return result;
}

PairResult mirrored(const PairResult& result) {
  PairResult other = result;
  other.p = 1 - result.p;
  other.p_ij = 1 - result.p_ji;
  other.p_ji = 1 - result.p_ij;
  for (double& p : other.criteria) p = 1 - p;
  return other;
}

bool contradicts(const Vote& vote) {
  constexpr double kLead = 0.1;
  const double heard = vote.listener_p - 0.5;  // false for NaN
  return std::abs(heard) > kLead && (heard > 0) != (vote.verdict.p > 0.5);
}

}  // namespace juror
