// A model of a few thousand random parameters, and prompts for it. Two key heads for four query
// heads, two layers.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "model/weights.h"
#include "test_device.h"

namespace juror {

inline constexpr std::int64_t kTinyVocabulary = 61;
inline constexpr std::int64_t kTinyImageToken = 50;

inline ModelConfig tiny_config() {
  const std::string json = R"({
    "model_type": "qwen2_5_vl", "image_token_id": 50, "video_token_id": 51, "vision_start_token_id": 52,
    "vision_end_token_id": 53, "tie_word_embeddings": true,
    "text_config": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
      "intermediate_size": 48, "vocab_size": 61, "rms_norm_eps": 1e-6, "max_position_embeddings": 512,
      "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default", "mrope_section": [2, 1, 1]}},
    "vision_config": {"depth": 2, "hidden_size": 24, "num_heads": 2, "intermediate_size": 40, "out_hidden_size": 32,
      "in_channels": 3, "patch_size": 4, "temporal_patch_size": 2, "spatial_merge_size": 2, "window_size": 16,
      "fullatt_block_indexes": [1], "hidden_act": "silu"}})";
  return parse_config(json, "the tiny config of a test");
}

/// Qwen2-VL: a tower of layer norms and quick GELU without windows.
inline ModelConfig tiny_qwen2_config() {
  const std::string json = R"({
    "model_type": "qwen2_vl", "image_token_id": 50, "video_token_id": 51, "vision_start_token_id": 52,
    "vision_end_token_id": 53, "tie_word_embeddings": true, "hidden_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 48, "vocab_size": 61,
    "rms_norm_eps": 1e-6, "max_position_embeddings": 512, "rope_theta": 10000.0,
    "rope_scaling": {"type": "mrope", "mrope_section": [2, 1, 1]},
    "vision_config": {"depth": 2, "embed_dim": 24, "num_heads": 2, "mlp_ratio": 2, "hidden_size": 32,
      "in_chans": 3, "patch_size": 4, "temporal_patch_size": 2, "spatial_merge_size": 2}})";
  return parse_config(json, "the tiny config of a test");
}

/// Qwen3-VL: heads that do not fill the width, norms of queries and keys, learned positions,
/// features for two of the three decoder layers.
inline ModelConfig tiny_qwen3_config() {
  const std::string json = R"({
    "model_type": "qwen3_vl", "image_token_id": 50, "video_token_id": 51, "vision_start_token_id": 52,
    "vision_end_token_id": 53, "tie_word_embeddings": true,
    "text_config": {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
      "head_dim": 12, "intermediate_size": 48, "vocab_size": 61, "rms_norm_eps": 1e-6, "max_position_embeddings": 512,
      "rope_theta": 10000.0, "rope_scaling": {"mrope_interleaved": true, "mrope_section": [2, 2, 2]}},
    "vision_config": {"depth": 2, "hidden_size": 24, "num_heads": 2, "intermediate_size": 40, "out_hidden_size": 32,
      "in_channels": 3, "patch_size": 4, "temporal_patch_size": 2, "spatial_merge_size": 2,
      "num_position_embeddings": 9, "deepstack_visual_indexes": [0, 1]}})";
  return parse_config(json, "the tiny config of a test");
}

/// A tiny config of every family.
inline std::vector<ModelConfig> tiny_configs() {
  return {tiny_qwen2_config(), tiny_config(), tiny_qwen3_config()};
}

/// Weights are large enough that greedy choices are far from ties.
inline std::unique_ptr<Model> tiny_model(std::uint64_t seed = 3) {
  auto model = random_model(tiny_config(), seed, 0.25);
  move_model(*model, {.device = test_device()});
  return model;
}

/// An image of h x w patches whose pixels depend on `key`.
inline std::shared_ptr<const PixelImage> tiny_image(std::uint64_t key, std::int64_t h = 4,
                                                    std::int64_t w = 6) {
  auto image = std::make_shared<PixelImage>();
  image->key = key;
  image->grid = {.t = 1, .h = h, .w = w};
  image->patches = at::sin(at::arange(h * w * 96, at::kFloat) * (0.1 + static_cast<double>(key)))
                       .reshape({h * w, 96});
  return image;
}

/// Text, the images each followed by a token, text. `first` tells prompts apart.
inline ModelInput tiny_prompt(std::int64_t first,
                              const std::vector<std::shared_ptr<const PixelImage>>& images = {}) {
  ModelInput input;
  input.token_ids = {first, 7, 11};
  for (const auto& image : images) {
    const auto begin = static_cast<std::int64_t>(input.token_ids.size());
    const std::int64_t length = image->grid.patches() / 4;
    input.spans.push_back({.begin = begin, .length = length, .image = input.images.size()});
    input.images.push_back(image);
    input.token_ids.insert(input.token_ids.end(), static_cast<std::size_t>(length),
                           kTinyImageToken);
    input.token_ids.push_back(9);
  }
  input.token_ids.push_back(2);
  return input;
}

/// Logits [T, V] of one pass over prompt and completion, without any cache; in host memory.
inline Tensor full_logits(const Model& model, ModelInput input,
                          const std::vector<std::int64_t>& completion) {
  input.token_ids.insert(input.token_ids.end(), completion.begin(), completion.end());
  const ImageFeatures features =
      input.images.empty() ? ImageFeatures() : model.encode_images(input.images);
  SegmentAttention attention({static_cast<std::int64_t>(input.token_ids.size())});
  const Positions positions = model.positions(input);
  return model.logits(model.hidden(model.embed(input, features), positions.ids, attention))
      .to(at::kCPU);
}

}  // namespace juror
