// The embedded model before it has learnt anything: an ordinary Qwen2.5-VL folder of a few million
// parameters, with a tokenizer learnt from the texts that it will speak.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/options.h"
#include "judge/template.h"
#include "model/model.h"

namespace juror {

struct MiniOptions {
  std::int64_t vision_width = 160, vision_depth = 4, vision_heads = 5, vision_mlp = 480,
               window = 112;
  std::int64_t text_width = 256, text_layers = 4, text_heads = 4, text_kv_heads = 2, text_mlp = 704;
  std::int64_t vocabulary = 512;

  template <class Field>
  void fields(Field&& field) {
    field("vision_width", vision_width, "Channels of the vision tower", Range{16, 4096});
    field("vision_depth", vision_depth,
          "Blocks of the vision tower; every second one attends to the whole image", Range{1, 64});
    field("vision_heads", vision_heads, "Attention heads of the vision tower", Range{1, 64});
    field("vision_mlp", vision_mlp, "Hidden width of the vision tower's MLP", Range{16, 16384});
    field("window", window, "Side of an attention window in pixels", Range{28, 1 << 16});
    field("text_width", text_width, "Channels of the language model", Range{16, 8192});
    field("text_layers", text_layers, "Layers of the language model", Range{1, 128});
    field("text_heads", text_heads, "Query heads of the language model", Range{1, 128});
    field("text_kv_heads", text_kv_heads, "Key-value heads of the language model", Range{1, 128});
    field("text_mlp", text_mlp, "Hidden width of the language model's MLP", Range{16, 65536});
    field("vocabulary", vocabulary, "Tokens, special ones included", Range{300, 200000});
  }
};

/// Writes tokenizer.json, config.json, preprocessor_config.json, generation_config.json, the chat
/// template and the prompt template into `folder`, and returns the untrained model: random weights,
/// and a patch embedding of DCT basis functions.
std::unique_ptr<Model> create_mini(const MiniOptions& options,
                                   const std::filesystem::path& prompt_template,
                                   const std::filesystem::path& folder, std::uint64_t seed);

/// Fills a patch embedding [W, 3, frames, p, p] with DCT-II basis functions: most of the channels
/// luma, lowest frequencies first, the others two chroma axes. Gains grow with frequency as natural
/// images fade, so that blur, noise and compression stay readable behind a norm. Frozen in
/// training: learnt, it drifts towards the mean and forgets detail.
void fill_dct_patch_embedding(Tensor& weight);

}  // namespace juror
