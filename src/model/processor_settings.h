// The settings of a model folder that decide how its pictures and texts become numbers, read as
// transformers 5.23 reads them. What Juror does not follow is refused by key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "image/patches.h"
#include "model/config.h"
#include "text/tokenizer.h"

namespace juror {

/// `image_processor` of processor_config.json if it holds one, else preprocessor_config.json.
/// Defaults are those of Qwen2VLImageProcessor. Throws Error (kModel) naming the file and the key.
PatchOptions read_patch_options(const std::filesystem::path& folder, const VisionConfig& vision);

/// `eos_token_id` (a number or a list) of generation_config.json, else of config.json or its
/// text_config, else the chat's end tokens.
std::vector<std::int64_t> read_eos_tokens(const std::filesystem::path& folder,
                                          const Tokenizer& tokenizer);

/// Refuses what tokenizer_config.json may ask for and Juror does not do, and added tokens that
/// tokenizer.json gives other ids.
void check_tokenizer_config(const std::filesystem::path& folder, const Tokenizer& tokenizer);

}  // namespace juror
