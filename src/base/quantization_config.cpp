#include "base/quantization_config.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parse_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using Format = StoredQuantization::Format;

/// For weights that are kept in a way that is not read.
[[noreturn]] void refuse(const std::string& place, const std::string& how) {
  throw Error(fmt::format("'{}' holds quantised weights ({}), and Juror reads F32, F16, BF16, AWQ "
                          "(gemm, 4 bits) and compressed-tensors (pack-quantized, 4 or 8 bits). "
                          "Take the model that it was made of; `juror models quantize` makes it "
                          "small.",
                          place, how),
              ErrorKind::kModel);
}

template <class Value>
Value value_at(const Json& json, const std::string& pointer, Value otherwise) {
  const Json::json_pointer place(pointer);
  if (!json.contains(place)) return otherwise;
  const Json& found = json.at(place);
  if constexpr (std::is_same_v<Value, std::string>)
    return found.is_string() ? found.get<std::string>() : otherwise;
  else if constexpr (std::is_same_v<Value, bool>)
    return found.is_boolean() ? found.get<bool>() : otherwise;
  else
    return found.is_number_integer() ? found.get<Value>() : otherwise;
}

StoredQuantization awq(const Json& config, const std::string& place) {
  const auto version = value_at<std::string>(config, "/version", "gemm");
  const int bits = value_at(config, "/bits", 4);
  if (version != "gemm" || bits != 4 || !value_at(config, "/zero_point", true))
    refuse(place, fmt::format("AWQ, version {}, {} bits{}", version, bits,
                              value_at(config, "/zero_point", true) ? "" : ", without zeros"));
  return {.format = Format::kAwq,
          .bits = 4,
          .group = value_at<std::int64_t>(config, "/group_size", 128)};
}

StoredQuantization compressed_tensors(const Json& config, const std::string& place) {
  const auto format = value_at<std::string>(config, "/format", "an unnamed format");
  const auto unread = [&](const std::string& what) {
    refuse(place, fmt::format("compressed-tensors ({}{})", format, what));
  };
  if (format != "pack-quantized") unread("");
  const Json groups = config.value("config_groups", Json::object());
  if (!groups.is_object() || groups.size() != 1)
    unread(fmt::format(", {} groups of layers", groups.size()));
  const Json& group = groups.front();
  const int bits = value_at(group, "/weights/num_bits", 0);
  if (bits != 4 && bits != 8) unread(fmt::format(", {} bits", bits));
  if (value_at<std::string>(group, "/weights/strategy", "") != "group") unread(", not by groups");
  if (value_at<std::string>(group, "/weights/actorder", "") == "group") unread(", with act order");
  return {.format = Format::kCompressedTensors,
          .bits = bits,
          .group = value_at<std::int64_t>(group, "/weights/group_size", 0)};
}

}  // namespace

StoredQuantization stored_quantization(const std::string& config, const std::string& place) {
  const auto json = json_or_discarded<Json>(config);
  if (!json.is_object() || !json.contains(kQuantizationKey)) return {};
  const Json& quantized = json.at(kQuantizationKey);
  if (!quantized.is_object() || quantized.empty()) return {};
  const auto method = value_at<std::string>(quantized, "/quant_method",
                                            value_at<std::string>(quantized, "/quant_algo", ""));
  if (method == "awq") return awq(quantized, place);
  if (method == "compressed-tensors") return compressed_tensors(quantized, place);
  const int bits = value_at(quantized, "/bits", 0);
  refuse(place, (method.empty() ? "an unnamed method" : method) +
                    (bits > 0 ? fmt::format(", {} bits", bits) : ""));
}

}  // namespace juror
