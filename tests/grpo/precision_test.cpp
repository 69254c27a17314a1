// Training in half precision and on weights of few bits: gradients against those of fp32, and
// layers that are computed again.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "engine/tiny_model.h"
#include "grpo/step.h"
#include "model/lora.h"

namespace juror {
namespace {

std::vector<Group> groups() {
  Group group;
  group.prompts.push_back(tiny_prompt(3, {tiny_image(1), tiny_image(2, 2, 4)}));
  for (std::int64_t k = 0; k < 8; ++k) {
    Sample sample{.prompt = 0, .token_ids = {}};
    for (std::int64_t t = 0; t < 2 + k % 5; ++t) sample.token_ids.push_back((7 * k + 5 * t) % 48);
    sample.advantage = sample.decision_advantage = std::sin(static_cast<double>(k));
    group.samples.push_back(std::move(sample));
  }
  return {group};
}

struct Outcome {
  Tensor logps;
  NamedTensors gradients;
};

/// Of `trained`, by one loss pass.
Outcome outcome(Model& model, const NamedTensors& trained) {
  const std::vector<Group> all = groups();
  const MicroBatchResult result = accumulate_gradients(
      model, all, {}, {.batch_tokens = active_tokens(all, false)}, nullptr, nullptr);
  Outcome outcome{.logps = result.logps, .gradients = {}};
  for (const auto& [name, parameter] : trained)
    outcome.gradients.emplace_back(name, parameter.grad().clone());
  return outcome;
}

/// Adapters that change what the model computes.
NamedTensors adapters(Model& model) {
  NamedTensors parameters = add_lora(model, {.r = 4, .lora_alpha = 8}, 11);
  const c10::NoGradGuard no_grad;
  for (auto& [name, tensor] : parameters) {
    if (name.ends_with("lora_B.weight"))
      tensor.copy_(at::cos(at::arange(tensor.numel(), at::kFloat) * 1.7).reshape(tensor.sizes()) *
                   0.1);
  }
  return parameters;
}

void keep_in_bits(Model& model, int bits, bool as_values) {
  model.visit_linears([&](const std::string& name, Linear& linear, const LinearShape& shape) {
    if (name.find("language_model") == std::string::npos || shape.in % 32 != 0) return;
    const QuantizedWeight weight = quantize(linear.weight, {.bits = bits, .group = 32});
    if (as_values) {
      linear.weight = dequantize(weight, linear.weight.scalar_type());
    } else {
      linear.weight = Tensor();
      linear.quantized = weight;
    }
  });
}

/// Norm of the difference over the norm, of all gradients together.
double relative_error(const NamedTensors& exact, const NamedTensors& other) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    EXPECT_EQ(other[i].second.scalar_type(), at::kFloat) << exact[i].first;
    difference += (exact[i].second - other[i].second).square().sum().item<double>();
    size += exact[i].second.square().sum().item<double>();
  }
  return std::sqrt(difference / size);
}

/// Logits of the tiny model reach 10, so that bf16 rounds them by 0.03.
constexpr double kLogps = 0.08, kGradients = 0.05;

/// The very weights that bf16 has, in fp32.
std::unique_ptr<Model> rounded_model(at::ScalarType dtype) {
  auto model = tiny_model();
  move_model(*model, {.device = test_device(), .dtype = at::kBFloat16});
  move_model(*model, {.device = test_device(), .dtype = dtype});
  return model;
}

class Adapters : public ::testing::TestWithParam<int> {};

TEST_P(Adapters, OfAHalfPrecisionBaseHaveTheGradientsOfFp32WithinFivePercent) {
  const int bits = GetParam();
  const auto full = rounded_model(at::kFloat), half = rounded_model(at::kBFloat16);
  if (bits > 0) {
    keep_in_bits(*full, bits, /*as_values=*/true);
    keep_in_bits(*half, bits, /*as_values=*/false);
  }
  const Outcome exact = outcome(*full, adapters(*full)), other = outcome(*half, adapters(*half));
  const double difference = (exact.logps - other.logps).abs().mean().item<double>();
  EXPECT_GT(difference, 0);  // it does round
  EXPECT_LT(difference, kLogps);
  EXPECT_LT(relative_error(exact.gradients, other.gradients), kGradients);
}
INSTANTIATE_TEST_SUITE_P(Bits, Adapters, ::testing::Values(0, 8, 4), [](const auto& info) {
  return info.param == 0 ? std::string("Bf16") : "Int" + std::to_string(info.param);
});

class RecomputedLayers : public ::testing::TestWithParam<std::size_t> {};

TEST_P(RecomputedLayers, GiveTheSameLogProbsAndEveryGradientWithAndWithoutAdapters) {
  for (const bool has_adapters : {false, true}) {
    const auto run = [&](bool recomputes) {
      auto model = random_model(tiny_configs()[GetParam()], 3, 0.25);
      move_model(*model, {.device = test_device()});
      model->recompute_layers(recomputes);
      NamedTensors trained = has_adapters ? adapters(*model) : named_parameters(*model);
      for (auto& [name, parameter] : trained) parameter.requires_grad_(true);
      return outcome(*model, trained);
    };
    const Outcome kept = run(false), again = run(true);
    EXPECT_TRUE(at::equal(kept.logps, again.logps));
    EXPECT_LT(relative_error(kept.gradients, again.gradients), 1e-5);  // sums in another order
  }
}
INSTANTIATE_TEST_SUITE_P(Families, RecomputedLayers, ::testing::Range<std::size_t>(0, 3));

TEST(RecomputedLayers, InMixedPrecisionHaveTheGradientsOfMixedPrecision) {
  const auto run = [](bool recomputes) {
    const auto model = tiny_model();
    model->recompute_layers(recomputes);
    NamedTensors trained = named_parameters(*model);
    for (auto& [name, parameter] : trained) parameter.requires_grad_(true);
    const std::vector<Group> all = groups();
    accumulate_gradients(*model, all, {.pass = {.bf16 = true}},
                         {.batch_tokens = active_tokens(all, false)}, nullptr, nullptr);
    NamedTensors gradients;
    for (const auto& [name, parameter] : trained)
      gradients.emplace_back(name, parameter.grad().clone());
    return gradients;
  };
  EXPECT_LT(relative_error(run(false), run(true)), 1e-3);
}

TEST(MergedAdapters, LeaveAdaptersOfHalfPrecisionBesideTheirWeights) {
  const auto model = rounded_model(at::kBFloat16);
  adapters(*model);
  const MergedAdapters merged(*model);
  for (const auto& [name, linear] : adapted_layers(*model))
    EXPECT_FALSE(linear->lora.merged.defined()) << name;
}

}  // namespace
}  // namespace juror
