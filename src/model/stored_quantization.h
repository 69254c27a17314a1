// The tensors of quantised linear layers as folders keep them. Read: AWQ ("gemm", 4 bits) and
// compressed-tensors
// ("pack-quantized", 4 and 8 bits); written: the latter.
#pragma once

#include <functional>
#include <string>

#include "base/quantization_config.h"
#include "tensor/quantized.h"
#include "tensor/safetensors.h"

namespace juror {

/// The text of a config.json with, or for bits 0 without, a quantization_config that names `how`
/// and the layers that stay whole.
std::string with_quantization(const std::string& config, const Quantization& how);

/// The names of the tensors of a layer that is stored quantised; the first tells that it is. A
/// ".weight_zero_point" may be missing.
std::vector<std::string> stored_names(const std::string& layer, const StoredQuantization& stored);

/// Hands out the stored tensor of a name; undefined for one that may be missing and is.
using TakeTensor = std::function<Tensor(const std::string& name)>;

/// The weight [out, in] of a layer that is stored quantised. Throws Error (kModel) naming the
/// tensor for shapes and dtypes that do not fit.
QuantizedWeight take_quantized(const std::string& layer, std::int64_t out, std::int64_t in,
                               const StoredQuantization& stored, const TakeTensor& take);

/// The tensors by which compressed-tensors knows a quantised layer.
NamedTensors quantized_tensors(const std::string& layer, const QuantizedWeight& weight);

}  // namespace juror
