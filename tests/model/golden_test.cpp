// The model against transformers: positions, image features, logits, loss and the gradient of every parameter on the
// random checkpoints of tests/golden (made by tools/golden). fp32 on both sides; 1e-4 of the largest value of a
// tensor leaves room for another order of summation and nothing more.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "model/weights.h"
#include "tensor/safetensors.h"

namespace juror {
namespace {

constexpr double kTolerance = 1e-4;
const std::filesystem::path kGolden = std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden";

/// Largest difference, relative to the largest value expected.
double relative_error(const Tensor& actual, const Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  const double scale = expected.abs().max().item<double>();
  return (actual - expected).abs().max().item<double>() / std::max(scale, 1e-12);
}

/// The fixture's prompt: ids with image spans found by id (a fixture never holds a stray image token).
ModelInput read_input(const SafetensorsFile& golden, const ModelConfig& config) {
  ModelInput input;
  const Tensor ids = golden.tensor("input_ids");
  for (std::int64_t t = 0; t < ids.size(0); ++t) input.token_ids.push_back(ids[t].item<std::int64_t>());
  if (!golden.contains("pixel_values")) return input;
  const Tensor grids = golden.tensor("image_grid_thw"), pixels = golden.tensor("pixel_values");
  std::int64_t row = 0, token = 0;
  for (std::int64_t i = 0; i < grids.size(0); ++i) {
    auto image = std::make_shared<PixelImage>();
    image->grid = {grids[i][0].item<std::int64_t>(), grids[i][1].item<std::int64_t>(), grids[i][2].item<std::int64_t>()};
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

struct Case {
  std::string checkpoint;
  std::string name;
};

class GoldenForward : public ::testing::TestWithParam<Case> {};

TEST_P(GoldenForward, EqualsTransformers) {
  const auto model = load_model(kGolden / "checkpoints" / GetParam().checkpoint, {.dtype = at::kFloat, .trainable = true});
  const SafetensorsFile golden(kGolden / "forward" / GetParam().checkpoint / (GetParam().name + ".expected.safetensors"));
  const bool with_grad = golden.contains("loss");
  for (auto& [name, parameter] : named_parameters(*model)) parameter.requires_grad_(with_grad);

  const ModelInput input = read_input(golden, model->config());
  const Positions positions = mrope_positions(input, model->config().vision.merge);
  EXPECT_TRUE(at::equal(positions.ids, golden.tensor("position_ids")));

  Tensor features;
  if (!input.images.empty()) {
    features = model->encode_images(input.images);
    EXPECT_LE(relative_error(features.detach(), golden.tensor("image_features")), kTolerance);
  }
  const auto length = static_cast<std::int64_t>(input.token_ids.size());
  SegmentAttention attention({length});
  const Tensor logits = model->logits(model->hidden(model->embed(input, features), positions.ids, attention));
  EXPECT_LE(relative_error(logits.detach(), golden.tensor("logits")), kTolerance);
  if (!with_grad) return;

  const std::int64_t labelled = golden.tensor("labelled_tokens").item<std::int64_t>();
  const Tensor targets = at::tensor(input.token_ids, at::kLong).narrow(0, length - labelled, labelled);
  const Tensor loss = at::cross_entropy_loss(logits.narrow(0, length - labelled - 1, labelled), targets);
  EXPECT_NEAR(loss.item<double>(), golden.tensor("loss").item<double>(), kTolerance);
  loss.backward();
  std::size_t compared = 0;
  for (const auto& [name, parameter] : named_parameters(*model)) {
    if (!golden.contains("grad." + name)) continue;
    ++compared;
    EXPECT_LE(relative_error(parameter.grad(), golden.tensor("grad." + name)), kTolerance) << name;
  }
  const bool stores_gradients = golden.header().entries.size() > 20;
  EXPECT_EQ(compared > 0, stores_gradients);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const char* checkpoint : {"tied_f16", "untied_odd_f32", "hub_layout_bf16"}) {
    for (const char* name : {"text", "one", "two", "four"}) cases.push_back({checkpoint, name});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenForward, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) { return info.param.checkpoint + "_" + info.param.name; });

}  // namespace
}  // namespace juror
