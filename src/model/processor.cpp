#include "model/processor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "model/processor_settings.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Both files must mean the same tokens.
void check_tokens(const Tokenizer& tokenizer, const ModelConfig& config, const fs::path& folder) {
  require_model(
      tokenizer.size() <= config.text.vocabulary,
      "The model folder '{}': tokenizer.json uses ids up to {}, and the embedding has {} rows.",
      folder.string(), tokenizer.size() - 1, config.text.vocabulary);
  const std::pair<const char*, std::int64_t> named[] = {
      {"<|image_pad|>", config.image_token},
      {"<|vision_start|>", config.vision_start_token},
      {"<|vision_end|>", config.vision_end_token}};
  for (const auto& [token, id] : named) {
    require_model(tokenizer.id_of(token) == id,
                  "The model folder '{}': {} is {} in config.json and {} in tokenizer.json.",
                  folder.string(), token, id, tokenizer.id_of(token));
  }
}

/// FNV-1a over 8-byte words of grid and rows: names content, protects against nothing. The grid
/// counts too: pictures of one colour have equal rows in every shape.
std::uint64_t hash_rows(const PatchRows& rows) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  };
  mix(static_cast<std::uint64_t>(rows.grid.t));
  mix(static_cast<std::uint64_t>(rows.grid.h));
  mix(static_cast<std::uint64_t>(rows.grid.w));
  for (std::size_t i = 0; i < rows.values.size(); i += 2) {
    std::uint64_t word = 0;
    std::memcpy(&word, rows.values.data() + i,
                std::min<std::size_t>(2, rows.values.size() - i) * sizeof(float));
    mix(word);
  }
  return hash;
}

}  // namespace

Processor load_processor(const fs::path& folder, const ModelConfig& config) {
  require_model(fs::is_regular_file(folder / "tokenizer.json"),
                "The model folder '{}' holds no tokenizer.json.", folder.string());
  Tokenizer tokenizer = Tokenizer::load(folder / "tokenizer.json");
  check_tokens(tokenizer, config, folder);
  require_model(config.vision.in_channels == 3,
                "The model folder '{}': the vision tower reads {} channels, and pictures "
                "have 3.",
                folder.string(), config.vision.in_channels);
  check_tokenizer_config(folder, tokenizer);
  std::vector<std::int64_t> eos = read_eos_tokens(folder, tokenizer);
  return {.tokenizer = std::move(tokenizer),
          .patches = read_patch_options(folder, config.vision),
          .chat = ChatTemplate::load(folder),
          .eos_tokens = std::move(eos),
          .max_positions = config.text.max_positions};
}

std::shared_ptr<const PixelImage> to_pixels(const Image& image, const PatchOptions& options) {
  const PatchRows rows = patch_rows(image, options);
  auto pixels = std::make_shared<PixelImage>();
  pixels->grid = {.t = rows.grid.t, .h = rows.grid.h, .w = rows.grid.w};
  pixels->key = hash_rows(rows);
  pixels->patches = at::tensor(rows.values, at::kFloat).reshape({-1, rows.row_length});
  return pixels;
}

}  // namespace juror
