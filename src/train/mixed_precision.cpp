#include "train/mixed_precision.h"

#include <ATen/autocast_mode.h>

#include <cassert>

namespace juror {

MixedPrecision::MixedPrecision(bool enabled) : enabled_(enabled) {
  if (!enabled_) return;
  assert(!at::autocast::is_autocast_enabled(at::kCPU));
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
}

MixedPrecision::~MixedPrecision() {
  if (!enabled_) return;
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();  // it holds this step's copies of the weights
}

}  // namespace juror
