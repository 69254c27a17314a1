// Names and layouts: AutoAWQ's WQLinear_GEMM; compressed-tensors 0.20,
// PackedQuantizationCompressor.
#include "model/stored_quantization.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using Format = StoredQuantization::Format;

void require_stored(const Tensor& tensor, at::ScalarType dtype, at::IntArrayRef shape,
                    const std::string& name) {
  require_model(tensor.scalar_type() == dtype && tensor.sizes() == shape,
                "The quantised tensor '{}' is {} of shape {}, and {} of shape {} is expected.",
                name, at::toString(tensor.scalar_type()), shape_text(tensor.sizes()),
                at::toString(dtype), shape_text(shape));
}

void require_scales(const Tensor& scales, at::IntArrayRef shape, const std::string& name) {
  require_model(
      at::isFloatingType(scales.scalar_type()) && scales.sizes() == shape,
      "The scales '{}' are {} of shape {}, and floating numbers of shape {} are expected.", name,
      at::toString(scales.scalar_type()), shape_text(scales.sizes()), shape_text(shape));
  require_model(at::isfinite(scales).all().item<bool>(),
                "The scales '{}' hold a value that is not finite.", name);
}

/// Codes of `bits` in 32-bit words, the first in the lowest bits: [n, m] -> uint8 [n, m · 32 /
/// bits].
Tensor codes_of_words(const Tensor& words, int bits) {
  const Tensor bytes = words.contiguous().view(at::kByte);  // little-endian
  if (bits == 8) return bytes;
  return at::stack({bytes.bitwise_and(0xF), bytes.bitwise_right_shift(4)}, -1).flatten(-2);
}

Tensor words_of_codes(const Tensor& codes, int bits) {
  const std::int64_t per_word = 32 / bits;
  const std::int64_t missing = (per_word - codes.size(1) % per_word) % per_word;
  Tensor bytes = at::constant_pad_nd(codes, {0, missing});
  if (bits == 4) {
    const Tensor pairs = bytes.view({bytes.size(0), -1, 2});
    bytes = pairs.select(2, 0).bitwise_or(pairs.select(2, 1).bitwise_left_shift(4));
  }
  return bytes.contiguous().view(at::kInt);
}

/// AWQ keeps output 8c + kOrder[i] in the i-th four bits of word c: [n, m / 8] -> uint8 [n, m].
Tensor awq_codes(const Tensor& words) {
  const std::vector<std::int64_t> place = {0, 4, 1, 5, 2, 6, 3, 7};  // where output 8c + j stands
  return codes_of_words(words, 4)
      .view({words.size(0), -1, 8})
      .index_select(2, at::tensor(place))
      .flatten(-2);
}

QuantizedWeight take_awq(const std::string& layer, std::int64_t out, std::int64_t in,
                         std::int64_t group, const TakeTensor& take) {
  const std::string codes = layer + ".qweight", zeros = layer + ".qzeros",
                    scales = layer + ".scales";
  const Tensor q = take(codes), z = take(zeros), s = take(scales);
  require_stored(q, at::kInt, {in, out / 8}, codes);
  require_stored(z, at::kInt, {in / group, out / 8}, zeros);
  require_scales(s, {in / group, out}, scales);
  return pack_quantized(awq_codes(q).t(), s.t(), awq_codes(z).t(), 4, "The tensor '" + codes + "'");
}

QuantizedWeight take_packed(const std::string& layer, std::int64_t out, std::int64_t in,
                            const StoredQuantization& stored, const TakeTensor& take) {
  const std::string codes = layer + ".weight_packed", scales = layer + ".weight_scale",
                    zeros = layer + ".weight_zero_point", shape = layer + ".weight_shape";
  const Tensor q = take(codes), s = take(scales), sizes = take(shape), z = take(zeros);
  const std::int64_t per_word = 32 / stored.bits;
  require_stored(q, at::kInt, {out, in / per_word}, codes);
  require_scales(s, {out, in / stored.group}, scales);
  require_model(sizes.numel() == 2 && sizes[0].item<std::int64_t>() == out &&
                    sizes[1].item<std::int64_t>() == in,
                "The tensor '{}' names another shape than config.json, which asks for [{}, {}].",
                shape, out, in);
  Tensor zero_codes;
  if (z.defined()) {
    require_stored(z, at::kInt, {(out + per_word - 1) / per_word, in / stored.group}, zeros);
    zero_codes = codes_of_words(z.t(), stored.bits).t().narrow(0, 0, out);
  }
  return pack_quantized(codes_of_words(q, stored.bits), s, zero_codes, stored.bits,
                        "The tensor '" + codes + "'");
}

}  // namespace

std::string with_quantization(const std::string& config, const Quantization& how) {
  auto json = Json::parse(config);
  json.erase(kQuantizationKey);
  if (how.bits > 0) {
    const Json weights = {{"num_bits", how.bits},
                          {"type", "int"},
                          {"symmetric", how.bits == 8},
                          {"strategy", "group"},
                          {"group_size", how.group}};
    json[kQuantizationKey] = {{"quant_method", "compressed-tensors"},
                              {"format", "pack-quantized"},
                              {"quantization_status", "compressed"},
                              {"config_groups",
                               {{"group_0",
                                 {{"targets", {"Linear"}},
                                  {"weights", weights},
                                  {"input_activations", nullptr},
                                  {"output_activations", nullptr}}}}},
                              {"ignore", {"lm_head", "re:.*visual.*"}}};
  }
  return json.dump(2) + "\n";
}

std::vector<std::string> stored_names(const std::string& layer, const StoredQuantization& stored) {
  if (stored.format == Format::kAwq)
    return {layer + ".qweight", layer + ".qzeros", layer + ".scales"};
  return {layer + ".weight_packed", layer + ".weight_scale", layer + ".weight_shape",
          layer + ".weight_zero_point"};
}

QuantizedWeight take_quantized(const std::string& layer, std::int64_t out, std::int64_t in,
                               const StoredQuantization& stored, const TakeTensor& take) {
  require_model(stored.group > 0 && stored.group % 32 == 0 && in % stored.group == 0 &&
                    (stored.format != Format::kAwq || out % 8 == 0),
                "The layer '{}' [{}, {}] cannot be quantised in groups of {}, as config.json says: "
                "Juror reads groups that are multiples of 32 and divide a row.",
                layer, out, in, stored.group);
  return stored.format == Format::kAwq ? take_awq(layer, out, in, stored.group, take)
                                       : take_packed(layer, out, in, stored, take);
}

NamedTensors quantized_tensors(const std::string& layer, const QuantizedWeight& weight) {
  const PlainQuantized plain = unpack_quantized(weight);
  NamedTensors tensors = {
      {layer + ".weight_packed", words_of_codes(plain.codes, weight.bits)},
      {layer + ".weight_scale", plain.scales.to(at::kBFloat16)},
      {layer + ".weight_shape", at::tensor(std::vector<std::int64_t>{weight.out, weight.in})}};
  if (plain.zeros.defined())
    tensors.emplace_back(
        layer + ".weight_zero_point",
        words_of_codes(plain.zeros.t().contiguous(), weight.bits).t().contiguous());
  return tensors;
}

}  // namespace juror
