// How far the votes on one pair differ: between the two orders, and from each other.
#pragma once

#include <span>

#include "preference/vote.h"

namespace juror {

/// The k-th vote in order ij is matched with the k-th in order ji (same sample number); of the
/// matches in which both were read, the share whose decisions (first, second, even) differ. NaN
/// without such matches.
double flip_rate(std::span<const Vote> votes);

/// Sample standard deviation of p; NaN below two reads.
double spread(std::span<const Read> reads);

/// Share of reads with is_saturated(p); NaN without reads.
double saturated_share(std::span<const Read> reads);

}  // namespace juror
