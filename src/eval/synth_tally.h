// The verdicts on one kind of synthetic pairs, gathered pair by pair and scored against the truth.
// A few numbers a pair are kept.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "eval/synth_part.h"
#include "judge/judge.h"
#include "synth/pairs.h"

namespace juror {

class SynthTally {
 public:
  /// `comparison`: of the pair's first picture with its second.
  void add(const Comparison& comparison, const SynthPair& pair);

  SynthEvalPart part(const std::string& name) const;

 private:
  using Values = std::vector<ClusteredValue>;

  /// A pair whose pictures differ in quality.
  struct Decided {
    double gap = 0;    ///< |Δq|
    Claim difference;  ///< the widest
    double right = 0;  ///< 1 if the verdict is
    double first = 0;  ///< 1 if the first picture is better
    std::size_t photo = 0;
  };

  void add_verdict(const PairResult& result, const SynthPair& pair);
  void add_claims(const ClaimCounts& counts, std::size_t photo);
  /// Over the pairs for which `is` holds.
  template <class Is>
  PhotoShare share_where(Is&& is, double Decided::*value = &Decided::right) const;
  template <class Is>
  DifferenceAccuracy accuracy_by_severity(Is&& is) const;

  std::vector<Decided> decided_;
  Values same_both_orders_, brier_, saturated_, unread_, f1_, severity_right_;
  std::array<Values, kDefects> f1_of_;
  ClaimCounts claims_;
};

}  // namespace juror
