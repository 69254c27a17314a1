// What stands between people's words and pictures and the model's tensors: the tokenizer and the
// image preprocessing of a model folder.
#pragma once

#include <filesystem>
#include <memory>

#include "image/image.h"
#include "image/patches.h"
#include "model/config.h"
#include "model/input.h"
#include "text/chat.h"
#include "text/tokenizer.h"

namespace juror {

struct Processor {
  Tokenizer tokenizer;
  PatchOptions patches;
  ChatTemplate chat;
  std::vector<std::int64_t> eos_tokens;  ///< every id that ends a completion
  std::int64_t max_positions = 0;        ///< longest row the model takes
};

/// Reads FOLDER/{tokenizer.json, tokenizer_config.json, generation_config.json, chat template}, and
/// the image settings: `image_processor` of processor_config.json if it holds one, else
/// preprocessor_config.json. A setting that Juror does not follow is refused. Throws Error (kModel)
/// naming the file and the key.
Processor load_processor(const std::filesystem::path& folder, const ModelConfig& config);

/// The picture as the vision tower reads it. `key` is a hash of the grid and the patch rows.
std::shared_ptr<const PixelImage> to_pixels(const Image& image, const PatchOptions& options);

}  // namespace juror
