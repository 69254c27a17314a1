// Votes on one pair, in both orders, folded into one probability.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "preference/verdict.h"

namespace juror {

/// One vote on a pair (i, j). `swapped`: the model saw j first (order "ji"), so verdict.p is P(j
/// better).
struct Vote {
  bool swapped = false;
  Verdict verdict;
  /// P(first shown better) by the thought alone, pictures blank; NaN where nobody asked.
  double listener_p = std::numeric_limits<double>::quiet_NaN();
};

/// P(first of the pair better), whatever the order shown.
double own_p(const Vote& vote);

/// 1: first better, −1: second better, 0: even.
int decision(double p);

/// A vote that could be read, turned to the pair's own order: `p` is always P(i better).
struct Read {
  double p = 0.5;
  bool swapped = false;
};

/// The readable votes (verdict.p is not NaN), mirrored where swapped.
std::vector<Read> reads_of(std::span<const Vote> votes);

/// The reads of one of the template's criteria, likewise.
std::vector<Read> criterion_reads(std::span<const Vote> votes, std::size_t criterion);

/// Mean of p with equal weight for the two orders (if both were read), so that unread votes of one
/// order let no position bias in. With equally many reads in both orders it is their plain mean.
/// NaN without reads.
double order_balanced_mean(std::span<const Read> reads);

struct PairOptions {
  double tie_band = 0.0;       ///< t: a pair with |p − ½| < t is a tie (an even p always is)
  double abstain_below = 0.0;  ///< |p − ½| below it: no verdict

  template <class Field>
  void fields(Field&& field) {
    field("tie_band", tie_band, "A pair with |p - 0.5| below this is a tie", Range{0.0, 0.5});
    field("abstain_below", abstain_below,
          "Give no verdict on a pair with |p - 0.5| below this; its votes are kept",
          Range{0.0, 0.5});
  }
};

enum class PairStatus {
  kOk,
  kOneOrder,  ///< votes came in both orders, but only one order could be read: position bias is not
              ///< cancelled
  kUnread,    ///< no vote could be read: p is NaN
};

/// "ok", "one_order", "unread".
std::string_view name(PairStatus status);

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// What the votes on a pair (i, j) say. Every probability is P(i better), the order ji mirrored;
/// NaN where nothing could be read.
struct PairResult {
  PairStatus status = PairStatus::kUnread;
  double p = kUnknown;     ///< order_balanced_mean of the reads
  double p_ij = kUnknown;  ///< mean of the reads in order ij
  /// Mean of the reads in order ji, mirrored: without position bias equal to p_ij.
  double p_ji = kUnknown;
  /// How far the votes differ (vote_spread.h).
  double flip_rate = kUnknown, spread = kUnknown, saturated_share = kUnknown;
  std::int64_t votes = 0;   ///< all votes
  std::int64_t unread = 0;  ///< votes without a p
  std::int64_t forced = 0;  ///< reads whose answer had to be forced
  bool tie = false;         ///< |p − ½| < tie_band, or p even; false when unread
  double tie_band = 0.0;
  /// Of each of the template's criteria the order_balanced_mean; NaN where no vote has it.
  std::vector<double> criteria = {};
  bool abstained = false;  ///< |p − ½| < abstain_below: not sure enough for a verdict
  double abstain_below = 0.0;
};

/// What became of votes, over many pairs.
struct VoteCounts {
  std::int64_t votes = 0, unread = 0, forced = 0;
  void add(const PairResult& result) {
    votes += result.votes;
    unread += result.unread;
    forced += result.forced;
  }
  /// No completion came to an answer of its own, though some could be read.
  bool are_all_forced() const { return forced > 0 && forced + unread == votes; }
};

/// Folds votes into one result.
PairResult fold_votes(std::span<const Vote> votes, const PairOptions& options = {});

/// The same result seen as the pair (j, i).
PairResult mirrored(const PairResult& result);

/// Whether the thought alone speaks for the other image than the answer, by a lead that counts.
bool contradicts(const Vote& vote);

}  // namespace juror
