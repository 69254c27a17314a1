#include "tensor/many_rows.h"

#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <cstdlib>
#include <optional>
#include <string_view>

namespace juror {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Signature = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                         std::string_view, Scalars, std::optional<std::string_view>);

/// The operator that torch's compiler puts in the place of linear layers; no header declares it.
std::optional<c10::OperatorHandle> onednn_linear() {
  return c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
}

/// Whether the operator is there and takes what it is given here: it is private to libtorch, and
/// another version's may differ.
bool is_as_called(const std::optional<c10::OperatorHandle>& found) {
  if (!found) return false;
  try {
    found->typed<Signature>();
    return true;
  } catch (const c10::Error&) {
    return false;
  }
}

bool is_amd_with_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

}  // namespace

void keep_few_compiled_products() {
  for (const char* name : {"ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"})
    ::setenv(name, "64", /*overwrite=*/0);
}

bool has_many_rows_kernel() {
  static const bool has = is_amd_with_avx512() && is_as_called(onednn_linear());
  return has;
}

Tensor multiply_many_rows(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto multiply = onednn_linear().value().typed<Signature>();
  const auto added = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  return multiply.call(x, weight, added, "none", Scalars{}, std::optional<std::string_view>(""));
}

}  // namespace juror
