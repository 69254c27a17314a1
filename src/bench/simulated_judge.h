// A judge whose truth is known: draws the reads of a pair from given strengths, for measuring
// rankings without a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "preference/list_reads.h"
#include "preference/pair_order.h"
#include "preference/vote.h"

namespace juror {

/// How a simulated judge votes. p of a vote has the mean σ(θi − θj ± position_bias), the sign by
/// the order shown.
struct SimulatedJudgeOptions {
  std::string name;
  double strength_sd = 1.5;  ///< of the true strengths, which are normal
  /// Of each vote, a draw from a Beta distribution of this many pseudo-counts around its mean: 0 is
  /// a toss (p is 0 or 1), many say the mean itself.
  double concentration = 4;
  double position_bias = 0;  ///< in log-odds, for the first shown
  double pair_sd = 0;        ///< of what each pair adds to its own gap: cycles come of it
  double tie_below = 0;      ///< gaps smaller than this are voted exactly even
  std::int64_t votes = 4;    ///< of each order
};

class SimulatedJudge {
 public:
  SimulatedJudge(SimulatedJudgeOptions options, std::size_t n, std::uint64_t seed);

  const std::vector<double>& strengths() const { return strengths_; }  ///< [n], mean 0
  std::size_t size() const { return strengths_.size(); }
  /// The votes on a pair, both orders; the same ones however often and whenever it is asked.
  std::vector<Read> reads(const PairIndex& pair) const;
  /// As many votes on a list, by Plackett and Luce: rankings drawn from the strengths and, with a
  /// concentration, soft first places around theirs. Knows no position bias, ties or pairs' own.
  std::vector<ListRead> list_reads(const std::vector<std::size_t>& list) const;

 private:
  SimulatedJudgeOptions options_;
  std::uint64_t seed_;
  std::vector<double> strengths_;
};

/// Kendall's τ of estimated against true strengths: (concordant − discordant) / all pairs; pairs
/// that are even in the estimate count as neither.
double kendall_tau(const std::vector<double>& truth, const std::vector<double>& estimate);

}  // namespace juror
