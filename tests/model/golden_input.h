// The fixtures of tests/golden as inputs of the model, and how values are compared to them.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "model/config.h"
#include "model/input.h"
#include "tensor/safetensors.h"

namespace juror {

inline constexpr double kTolerance = 1e-4;
inline const std::filesystem::path kGolden =
    std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden";

/// Checkpoints of families other than Qwen2.5-VL, with the cases "text" and "two".
inline constexpr std::array kOtherFamilies = {"qwen2_vl_tied_f16",       "qwen2_vl_untied_odd_f32",
                                              "qwen2_vl_hub_bf16",       "qwen3_vl_tied_f16",
                                              "qwen3_vl_untied_odd_f32", "qwen3_vl_hub_bf16"};

/// Largest difference, relative to the largest value expected.
inline double relative_error(const Tensor& actual, const Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  const double scale = expected.abs().max().item<double>();
  return (actual - expected).abs().max().item<double>() / std::max(scale, 1e-12);
}

/// The fixture's prompt: ids with image spans found by id (a fixture never holds a stray image
/// token).
inline ModelInput read_input(const SafetensorsFile& golden, const ModelConfig& config) {
  ModelInput input;
  const Tensor ids = golden.tensor("input_ids");
  for (std::int64_t t = 0; t < ids.size(0); ++t)
    input.token_ids.push_back(ids[t].item<std::int64_t>());
  if (!golden.contains("pixel_values")) return input;
  const Tensor grids = golden.tensor("image_grid_thw"), pixels = golden.tensor("pixel_values");
  std::int64_t row = 0, token = 0;
  for (std::int64_t i = 0; i < grids.size(0); ++i) {
    auto image = std::make_shared<PixelImage>();
    image->grid = {grids[i][0].item<std::int64_t>(), grids[i][1].item<std::int64_t>(),
                   grids[i][2].item<std::int64_t>()};
    image->patches = pixels.narrow(0, row, image->grid.patches());
    row += image->grid.patches();
    while (input.token_ids[static_cast<std::size_t>(token)] != config.image_token) ++token;
    const std::int64_t length = image->grid.patches() / config.vision.merged_patches();
    input.spans.push_back({.begin = token, .length = length, .image = static_cast<std::size_t>(i)});
    input.images.push_back(image);
    token += length;
  }
  return input;
}

}  // namespace juror
