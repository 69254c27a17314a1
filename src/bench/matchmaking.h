// Other ways to choose pairs, to measure the ranking session against: each is told what was read
// and says which pairs to compare next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "preference/pair_order.h"
#include "preference/ranking.h"

namespace juror {

/// Chooses pairs of n images, and orders the images by what it was told.
class Matchmaker {
 public:
  virtual ~Matchmaker() = default;
  /// The next pairs; empty: it wants no more.
  virtual std::vector<PairIndex> next() = 0;
  /// Reads of a pair that it asked for.
  virtual void tell(const PairReads& reads) = 0;
  /// [n], higher is better; of what was told so far.
  virtual std::vector<double> strengths() = 0;
};

/// "session": the ranking session. "random": pairs drawn without repetition. "swiss": rounds in
/// which everyone meets a neighbour by the fit so far whom it has not met. "sort": merge sort by
/// which image leads. "trueskill": whoever is least known meets the likeliest draw (Herbrich et al.
/// 2006, matches of two; updates by the logistic likelihood of Weng and Lin 2011). "poe": the pairs
/// that most enlarge the determinant of a Gaussian product of experts' precision, whatever was
/// read, and its closed-form scores (Liusie et al. 2024, arXiv 2405.05894, "PoE-g"; p stands for
/// the gap as it is). The first three order images by Juror's fit, the others by their own.
std::unique_ptr<Matchmaker> make_matchmaker(std::string_view name, std::size_t n,
                                            std::uint64_t seed);
std::vector<std::string> matchmaker_names();

}  // namespace juror
