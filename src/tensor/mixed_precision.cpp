#include "tensor/mixed_precision.h"

#include <ATen/autocast_mode.h>

#include <cassert>

namespace juror {

MixedPrecision::MixedPrecision(bool enabled, const at::Device& device)
    : enabled_(enabled), type_(device.type()) {
  if (!enabled_) return;
  assert(!at::autocast::is_autocast_enabled(type_));
  at::autocast::set_autocast_dtype(type_, at::kBFloat16);
  at::autocast::set_autocast_enabled(type_, true);
}

MixedPrecision::~MixedPrecision() {
  if (!enabled_) return;
  at::autocast::set_autocast_enabled(type_, false);
  at::autocast::clear_cache();  // it holds this step's copies of the weights
}

bool MixedPrecision::is_on(const at::Device& device) {
  return at::autocast::is_autocast_enabled(device.type());
}

}  // namespace juror
