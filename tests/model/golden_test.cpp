// The model against transformers: positions, image features, logits, loss and the gradient of every
// parameter on the random checkpoints of tests/golden (made by tools/golden). fp32 on both sides;
// 1e-4 of the largest value of a tensor leaves room for another order of summation and nothing
// more.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "golden_input.h"
#include "model/weights.h"

namespace juror {
namespace {

struct Case {
  std::string checkpoint;
  std::string name;
};

class GoldenForward : public ::testing::TestWithParam<Case> {};

TEST_P(GoldenForward, EqualsTransformers) {
  const auto model = load_model(kGolden / "checkpoints" / GetParam().checkpoint,
                                {.dtype = at::kFloat, .trainable = true});
  const SafetensorsFile golden(kGolden / "forward" / GetParam().checkpoint /
                               (GetParam().name + ".expected.safetensors"));
  const bool with_grad = golden.contains("loss");
  for (auto& [name, parameter] : named_parameters(*model)) parameter.requires_grad_(with_grad);

  const ModelInput input = read_input(golden, model->config());
  const Positions positions = model->positions(input);
  EXPECT_TRUE(at::equal(positions.ids, golden.tensor("position_ids")));

  ImageFeatures features;
  if (!input.images.empty()) {
    features = model->encode_images(input.images);
    EXPECT_LE(relative_error(features.tokens.detach(), golden.tensor("image_features")),
              kTolerance);
    for (std::size_t layer = 0; layer < features.deep.size(); ++layer) {
      const std::string key = "deep_features." + std::to_string(layer);
      EXPECT_LE(relative_error(features.deep[layer].detach(), golden.tensor(key)), kTolerance)
          << key;
    }
    EXPECT_FALSE(golden.contains("deep_features." + std::to_string(features.deep.size())));
  }
  const auto length = static_cast<std::int64_t>(input.token_ids.size());
  SegmentAttention attention({length});
  const Tensor logits =
      model->logits(model->hidden(model->embed(input, features), positions.ids, attention));
  EXPECT_LE(relative_error(logits.detach(), golden.tensor("logits")), kTolerance);
  if (!with_grad) return;

  const std::int64_t labelled = golden.tensor("labelled_tokens").item<std::int64_t>();
  const Tensor targets =
      at::tensor(input.token_ids, at::kLong).narrow(0, length - labelled, labelled);
  const Tensor loss =
      at::cross_entropy_loss(logits.narrow(0, length - labelled - 1, labelled), targets);
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
  for (const char* checkpoint : kOtherFamilies) {
    for (const char* name : {"text", "two"}) cases.push_back({checkpoint, name});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenForward, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) {
                           return info.param.checkpoint + "_" + info.param.name;
                         });

}  // namespace
}  // namespace juror
