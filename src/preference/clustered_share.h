// A share whose cases come in clusters, e.g. pairs of one prompt, with an interval, from sums
// alone.
#pragma once

#include <cstdint>

#include "preference/agreement.h"

namespace juror {

/// Adds up cases cluster by cluster; needs no memory of them.
class ClusteredShare {
 public:
  /// One whole cluster: `hits` of `cases`. Clusters without cases count for nothing.
  void add(double hits, double cases);

  double cases() const { return n_; }
  double share() const { return n_ > 0 ? hits_ / n_ : 0; }  ///< 0 without cases
  /// 95 %, by the variance of a ratio of cluster sums, Σ (hits − share · cases)² · m/(m−1) / n²;
  /// where that is 0 (one cluster, or every cluster alike) Wilson's interval with as many cases as
  /// clusters. Source: Cochran, Sampling Techniques, 1977, §6.
  Interval interval() const;

 private:
  double hits_ = 0, n_ = 0;
  double hits_hits_ = 0, hits_n_ = 0, n_n_ = 0;  // sums of products
  std::int64_t clusters_ = 0;
};

}  // namespace juror
