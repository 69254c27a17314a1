#include "preference/vote_spread.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "preference/decision.h"

namespace juror {
namespace {

/// P(first better) of every vote of one order, unread ones as NaN, so that sample numbers stay
/// matched.
std::vector<double> votes_of_order(std::span<const Vote> votes, bool swapped) {
  std::vector<double> result;
  for (const Vote& vote : votes) {
    if (vote.swapped == swapped) result.push_back(own_p(vote));
  }
  return result;
}

}  // namespace

double flip_rate(std::span<const Vote> votes) {
  const std::vector<double> ij = votes_of_order(votes, false);
  const std::vector<double> ji = votes_of_order(votes, true);
  double matches = 0;
  double flips = 0;
  for (std::size_t k = 0; k < std::min(ij.size(), ji.size()); ++k) {
    if (std::isnan(ij[k]) || std::isnan(ji[k])) continue;
    ++matches;
    if (decision(ij[k]) != decision(ji[k])) ++flips;
  }
  return matches > 0 ? flips / matches : kUnknown;
}

double spread(std::span<const Read> reads) {
  if (reads.size() < 2) return kUnknown;
  const double count = static_cast<double>(reads.size());
  double mean = 0;
  for (const Read& read : reads) mean += read.p / count;
  double squares = 0;
  for (const Read& read : reads) squares += (read.p - mean) * (read.p - mean);
  return std::sqrt(squares / (count - 1));
}

double saturated_share(std::span<const Read> reads) {
  if (reads.empty()) return kUnknown;
  const auto saturated =
      std::count_if(reads.begin(), reads.end(), [](const Read& r) { return is_saturated(r.p); });
  return static_cast<double>(saturated) / static_cast<double>(reads.size());
}

}  // namespace juror
