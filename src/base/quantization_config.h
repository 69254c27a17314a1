// What a config.json says of weights in few bits, and which ways of keeping them Juror reads: asked
// where a folder is found and where its tensors are.
#pragma once

#include <cstdint>
#include <string>

namespace juror {

inline constexpr const char* kQuantizationKey = "quantization_config";

/// What `quantization_config` of a config.json says; bits 0 where there is none.
struct StoredQuantization {
  enum class Format { kAwq, kCompressedTensors };
  Format format = Format::kCompressedTensors;
  int bits = 0;
  std::int64_t group = 0;
};

/// Of the text of a config.json. Throws Error (kModel) that names `place` (folder or file) and the
/// method for a way of quantising that is not read.
StoredQuantization stored_quantization(const std::string& config, const std::string& place);

}  // namespace juror
