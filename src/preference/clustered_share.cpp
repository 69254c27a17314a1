#include "preference/clustered_share.h"

#include <algorithm>
#include <cmath>

namespace juror {

void ClusteredShare::add(double hits, double cases) {
  if (cases <= 0) return;
  ++clusters_;
  hits_ += hits;
  n_ += cases;
  hits_hits_ += hits * hits;
  hits_n_ += hits * cases;
  n_n_ += cases * cases;
}

Interval ClusteredShare::interval() const {
  if (n_ == 0) return {};
  const double p = share(), m = static_cast<double>(clusters_);
  const double squares = hits_hits_ - 2 * p * hits_n_ + p * p * n_n_;
  if (clusters_ < 2 || squares <= 1e-9 * n_n_) return wilson(p * m, m);
  const double half = 1.959964 * std::sqrt(squares * m / (m - 1)) / n_;
  return {std::max(0.0, p - half), std::min(1.0, p + half)};
}

}  // namespace juror
