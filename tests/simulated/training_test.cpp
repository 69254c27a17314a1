// Training on the simulated accelerator: the CPU's numbers, and a stated few copies a step.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/tiny_model.h"
#include "grpo/step.h"
#include "grpo/trainer.h"
#include "sft/trainer.h"
#include "simulated/backend.h"
#include "train/adamw.h"
#include "train/tiny_run.h"

namespace juror {
namespace {

using Json = nlohmann::json;

at::Device device() {
  simulated_start();
  return at::Device("simulated:0");
}

std::unique_ptr<Model> trained_model(const at::Device& where) {
  auto model = random_model(tiny_config(), 3, 0.25);
  move_model(*model, {.device = where});
  for (auto& [name, parameter] : named_parameters(*model)) parameter.requires_grad_(true);
  return model;
}

/// Two groups of four completions behind prompts with pictures.
std::vector<Group> two_groups() {
  std::vector<Group> groups(2);
  for (std::size_t g = 0; g < 2; ++g) {
    groups[g].prompts = {
        tiny_prompt(static_cast<std::int64_t>(g) + 1, {tiny_image(g), tiny_image(5)})};
    for (std::int64_t k = 0; k < 4; ++k) {
      Sample sample{.token_ids = {5 + k, 7, 9 + k}};
      sample.advantage = sample.decision_advantage = std::sin(static_cast<double>(k + 1));
      sample.decision = 2;
      sample.slope = 0.3;
      groups[g].samples.push_back(std::move(sample));
    }
  }
  return groups;
}

MicroBatchResult pass(const Model& model, const std::vector<Group>& groups) {
  const MicroBatchOptions options{.pass = {.choice_ids = {20, 21}}, .loss = {.entropy_coef = 0.01}};
  return accumulate_gradients(
      model, groups, options,
      {.batch_tokens = active_tokens(groups, false), .max_completion_length = 9}, nullptr, nullptr);
}

TEST(GrpoOnADevice, HasTheLossAndEveryGradientOfTheCpu) {
  const auto here = trained_model(at::kCPU), there = trained_model(device());
  const std::vector<Group> groups = two_groups();
  const MicroBatchResult expected = pass(*here, groups), got = pass(*there, groups);
  EXPECT_NEAR(got.loss, expected.loss, 1e-5);
  const NamedTensors own = named_parameters(*here), other = named_parameters(*there);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Tensor a = own[i].second.grad(), b = other[i].second.grad().to(at::kCPU);
    EXPECT_LE((a - b).norm().item<double>(), 1e-4 * a.norm().item<double>()) << own[i].first;
  }
}

TEST(GrpoOnADevice, ALossPassBringsOneTensorToTheHostAndAnOptimizerStepOneNumber) {
  const auto model = trained_model(device());
  const std::vector<Group> groups = two_groups();
  AdamW optimizer(named_parameters(*model), {});
  simulated_reset_counts();
  pass(*model, groups);
  EXPECT_EQ(simulated_counts().device_to_host, 1);
  EXPECT_EQ(simulated_counts().items, 0);
  optimizer.clip_gradients();
  optimizer.step(1.0);
  optimizer.zero_grad();
  EXPECT_EQ(simulated_counts().device_to_host, 1);
  EXPECT_EQ(simulated_counts().items, 1);
}

class TrainOnADevice : public TinyRun {
 protected:
  TrainOnADevice() { device(); }

  /// Metrics of both runs agree but for rounding.
  void expect_alike(const std::string& a, const std::string& b,
                    const std::vector<std::string>& keys) const {
    const std::vector<Json> here = metrics(a), there = metrics(b);
    ASSERT_EQ(here.size(), there.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      for (const std::string& key : keys) {
        const auto value = here[i].at(key).get<double>();
        EXPECT_NEAR(there[i].at(key).get<double>(), value, 1e-4 * std::max(1.0, std::abs(value)))
            << key << " of step " << i + 1;
      }
    }
  }
};

TEST_F(TrainOnADevice, GrpoTakesTheStepsOfTheCpu) {
  for (const char* where : {"cpu", "simulated"}) {
    GrpoConfig c;
    c.model_name_or_path = (folder_.path() / "new").string();
    c.output_dir = (folder_.path() / where).string();
    c.photos = (folder_.path() / "photos").string();
    c.compute.device = where;
    c.max_steps = 2;
    c.num_generations = 4;
    c.per_device_train_batch_size = 8;
    c.max_completion_length = 8;
    c.logging_steps = 1;
    c.scoring.reward_funcs = {"length"};
    c.scoring.rewards.overlong_buffer = 8;
    c.loss.beta = 0.01;
    c.synth.working_size = 56;
    c.peak_tflops = 0.1;
    train_grpo(c, kGoOn, [](const std::string&) {});
  }
  expect_alike("cpu", "simulated", {"reward", "loss", "grad_norm", "entropy", "kl", "num_tokens"});
}

TEST_F(TrainOnADevice, SftTakesTheStepsOfTheCpu) {
  for (const char* where : {"cpu", "simulated"}) {
    SftOptions o;
    o.model_name_or_path = (folder_.path() / "new").string();
    o.output_dir = (folder_.path() / where).string();
    o.photos = (folder_.path() / "photos").string();
    o.device = where;
    o.max_steps = 2;
    o.per_device_train_batch_size = 4;
    o.logging_steps = 1;
    o.severity_weight = 0.5;
    o.synth.working_size = 56;
    train_sft(o, kGoOn, [](const std::string&) {});
  }
  expect_alike("cpu", "simulated",
               {"loss", "completion_loss", "severity_loss", "mean_token_accuracy", "grad_norm"});
}

}  // namespace
}  // namespace juror
