// AdamW against torch.optim.AdamW, schedules and the severity loss by hand.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sft/mini_model.h"
#include "sft/severity_head.h"
#include "temp_folder.h"
#include "train/adamw.h"
#include "train/schedule.h"

namespace juror {
namespace {

using testing::HasSubstr;

constexpr AdamWOptions kOptions{.learning_rate = 0.05,
                                .adam_beta1 = 0.9,
                                .adam_beta2 = 0.98,
                                .adam_epsilon = 1e-8,
                                .weight_decay = 0.1,
                                .max_grad_norm = 1.5};

/// A matrix and a vector with gradients of three steps; the middle one needs no clipping.
struct Problem {
  Tensor w = at::tensor({1.0F, -2.0F, 0.5F, 3.0F}).reshape({2, 2}).requires_grad_();
  Tensor b = at::tensor({0.25F, -0.75F}).requires_grad_();
  AdamW optimizer{{{"w", w}, {"b", b}}, kOptions};

  double step(int number) {
    const float of_w[3][4] = {
        {0.1F, -0.2F, 0.3F, 0.0F}, {-0.4F, 0.2F, 0.1F, 0.05F}, {2.0F, -3.0F, 0.5F, 1.0F}};
    const float of_b[3][2] = {{1.0F, -0.5F}, {0.2F, 0.2F}, {0.0F, 4.0F}};
    const double factors[3] = {0.5, 1.0, 0.25};
    w.mutable_grad() = at::tensor(at::ArrayRef<float>(of_w[number], 4)).reshape({2, 2});
    b.mutable_grad() = at::tensor(at::ArrayRef<float>(of_b[number], 2));
    const double norm = optimizer.clip_gradients();
    optimizer.step(factors[number]);
    return norm;
  }
};

void expect_near(const Tensor& tensor, const std::vector<double>& expected) {
  const Tensor flat = tensor.detach().flatten();
  ASSERT_EQ(flat.numel(), static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), expected[i], 1e-6) << i;
  }
}

// torch 2.15: AdamW([{w, weight_decay=0.1}, {b, weight_decay=0}], lr=0.05 * factor, betas=(0.9,
// 0.98), eps=1e-8) behind clip_grad_norm_([w, b], 1.5).
TEST(AdamW, StepsAsTorchDoes) {
  Problem problem;
  EXPECT_NEAR(problem.step(0), 1.1789826154708862, 1e-6);
  expect_near(problem.w,
              {0.9725000262260437, -1.9700000286102295, 0.4737499952316284, 2.992500066757202});
  expect_near(problem.b, {0.22499999403953552, -0.7250000238418579});
  EXPECT_NEAR(problem.step(1), 0.5408327579498291, 1e-6);
  expect_near(problem.w,
              {0.9954950213432312, -1.962781548500061, 0.4276597499847412, 2.9405081272125244});
  EXPECT_NEAR(problem.step(2), 5.5, 1e-6);
  expect_near(problem.w,
              {0.9911564588546753, -1.9530054330825806, 0.4161698818206787, 2.9277660846710205});
  expect_near(problem.b, {0.17683687806129456, -0.7133092880249023});
}

TEST(AdamW, ContinuesFromASavedStateBitForBit) {
  const TempFolder folder;
  Problem whole, first, second;
  for (int i = 0; i < 3; ++i) whole.step(i);
  first.step(0);
  first.step(1);
  save_safetensors(folder.path() / "state.safetensors", first.optimizer.state());
  second.w.detach().copy_(first.w.detach());
  second.b.detach().copy_(first.b.detach());
  second.optimizer.load_state(SafetensorsFile(folder.path() / "state.safetensors"));
  second.step(2);
  EXPECT_TRUE(at::equal(second.w, whole.w));
  EXPECT_TRUE(at::equal(second.b, whole.b));
}

TEST(AdamW, MovesMastersOfHalfPrecisionThatRoundingWouldHoldBack) {
  // 100 steps of 1e-3 from 1: a step is below half a step of bf16 (1/256 below 1 .. 2)
  Tensor w = at::ones({2, 2}, at::kBFloat16).requires_grad_();
  AdamW optimizer({{"w", w}}, {.learning_rate = 1e-3, .weight_decay = 0, .max_grad_norm = 0});
  for (int i = 0; i < 100; ++i) {
    w.mutable_grad() = at::ones({2, 2}, at::kBFloat16);
    EXPECT_NEAR(optimizer.clip_gradients(), 2.0, 1e-6);
    optimizer.step(1);
  }
  expect_near(w.to(at::kFloat), std::vector<double>(4, 0.8984375));  // bf16 nearest to 0.9
  const TempFolder folder;
  save_safetensors(folder.path() / "state.safetensors", optimizer.state());
  Tensor other = at::zeros({2, 2}, at::kBFloat16).requires_grad_();
  AdamW resumed({{"w", other}}, {.learning_rate = 1e-3, .weight_decay = 0, .max_grad_norm = 0});
  resumed.load_state(SafetensorsFile(folder.path() / "state.safetensors"));
  EXPECT_TRUE(at::equal(other, w));
  for (const auto& [name, tensor] : resumed.state()) {
    if (name == "master.w")
      EXPECT_LE((tensor - 0.9).abs().max().item<double>(), 6e-6);  // 100 sums rounded to fp32
  }
}

TEST(AdamW, NamesTheStateThatDoesNotFit) {
  const TempFolder folder;
  Problem problem;
  const auto refusal = [&](const NamedTensors& state) {
    save_safetensors(folder.path() / "state.safetensors", state);
    return refusal_of([&] {
      problem.optimizer.load_state(SafetensorsFile(folder.path() / "state.safetensors"));
    });
  };
  NamedTensors state = problem.optimizer.state();
  for (auto& [name, tensor] : state) {
    if (name == "exp_avg.b") tensor = at::zeros({3});
  }
  EXPECT_NE(refusal({}), "accepted");
  EXPECT_THAT(refusal(state), HasSubstr("exp_avg.b"));
}

TEST(Schedule, HasTheValuesOfEachType) {
  const auto factor = [](const char* type, std::int64_t step, std::int64_t warmup = 4) {
    return learning_rate_factor(
        {.lr_scheduler_type = type, .warmup_steps = warmup, .decay_ratio = 0.5}, step, 10);
  };
  for (const char* type : {"constant", "linear", "cosine", "warmup_stable_decay"})
    EXPECT_DOUBLE_EQ(factor(type, 0), 0.25) << type;
  EXPECT_DOUBLE_EQ(factor("constant", 0, 0), 1.0);
  EXPECT_DOUBLE_EQ(factor("constant", 9), 1.0);
  EXPECT_DOUBLE_EQ(factor("linear", 5), 0.5);
  EXPECT_NEAR(factor("cosine", 5), 0.5, 1e-12);
  EXPECT_NEAR(factor("cosine", 8), 0.0954915028, 1e-9);  // (1 + cos 0.8 pi) / 2
  EXPECT_DOUBLE_EQ(factor("warmup_stable_decay", 4), 1.0);
  EXPECT_NEAR(factor("warmup_stable_decay", 8), 0.4, 1e-12);  // 0.2 left, of the 0.5 that decay
  EXPECT_NEAR(factor("warmup_stable_decay", 9), 0.2, 1e-12);
}

TEST(SeverityLoss, IsTenSquaredErrorsAndThreeTenthsOfCrossEntropy) {
  SeverityTarget target;
  target.severity[0] = 1.0F;
  Tensor outputs = at::zeros({1, 2 * kSeverities});
  outputs[0][0] = 0.5;            // 10 · 0.25 / 9
  outputs[0][kSeverities] = 2.0;  // 0.3 · (ln(1 + e^-2) + 8 ln 2) / 9
  EXPECT_NEAR(severity_loss(outputs, {&target, 1}).item<double>(), 0.4668480, 1e-6);
}

TEST(SeverityHead, ReadsOnlyTheRowsOfItsCandidate) {
  const SeverityHead head = random_severity_head(8, 1);
  const Tensor features = at::arange(40, at::kFloat).reshape({5, 8}) / 40;
  const std::vector<SeverityTarget> targets = {{.begin = 0, .length = 2},
                                               {.begin = 2, .length = 3}};
  const std::vector<SeverityTarget> alone = {{.begin = 0, .length = 3}};
  const Tensor both = head.forward(features, targets);
  EXPECT_TRUE(at::allclose(both[1], head.forward(features.narrow(0, 2, 3), alone)[0], 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(both[0], both[1], 1e-3, 1e-3));
}

TEST(DctPatchEmbedding, HasOrthogonalRowsOfWhichTheFirstIsTheMean) {
  Tensor weight = at::empty({160, 3, 2, 14, 14});
  fill_dct_patch_embedding(weight);
  const Tensor rows = weight.reshape({160, -1}), norms = rows.norm(2, 1, true);
  const Tensor cosines = rows.div(norms).mm(rows.div(norms).t());
  EXPECT_LE((cosines - at::eye(160)).abs().max().item<double>(), 1e-5);
  EXPECT_NEAR(norms[0].item<double>(), 0.03 / std::sqrt(2.0), 1e-6);
  const Tensor grey = rows.mv(at::ones({rows.size(1)}));
  EXPECT_NEAR(grey[0].item<double>(), 0.03 * 14 * std::sqrt(3.0),
              1e-4);  // one grey level reaches one channel alone
  EXPECT_LE(grey.narrow(0, 1, 159).abs().max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace juror
