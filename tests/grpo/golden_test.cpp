// GRPO against TRL's GRPOTrainer on the random checkpoints of tests/golden: loss, advantages,
// log-probs, every metric that both have, and the gradient of every parameter, in the shared pass
// and in the naive one; then ten optimizer steps. 1e-4 of the expected value, where TRL differs
// from itself (sdpa for eager attention) by at most 6e-6.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "grpo/request.h"
#include "model/weights.h"
#include "temp_folder.h"
#include "test_device.h"
#include "train/adamw.h"

namespace juror {
namespace {

constexpr double kTolerance = 1e-4;
constexpr double kSmallestScale =
    1e-2;  // a loss may cancel to nothing: its terms are of the order of 1

/// What TRL logs and a request's answer has not: the running count of tokens, the coefficient
/// given, rewards by function.
const std::set<std::string> kOnlyTrl = {"num_tokens", "entropy_coef", "rewards/given/mean",
                                        "rewards/given/std"};

/// One checkpoint with a request of its own.
struct Fixture {
  Fixture(const std::string& checkpoint, const std::string& name)
      : model(
            load_model(kGoldenFolder / "checkpoints" / checkpoint, test_load(/*trainable=*/true))),
        processor(load_processor(kGoldenFolder / "checkpoints" / checkpoint, model->config())),
        request(read_grpo_request(kGoldenFolder / "grpo" / checkpoint / (name + ".request.json"),
                                  kGoldenFolder / "pictures")),
        expected(kGoldenFolder / "grpo" / checkpoint / (name + ".expected.safetensors")) {}

  std::map<std::string, Tensor> compute(bool shared_prefix) {
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, tensor] : grpo_tensors(*model, processor, request, shared_prefix))
      tensors[name] = tensor;
    return tensors;
  }

  std::unique_ptr<Model> model;
  Processor processor;
  GrpoRequest request;
  SafetensorsFile expected;
};

void expect_near(double got, double want, const std::string& what) {
  EXPECT_NEAR(got, want, kTolerance * std::max(std::abs(want), kSmallestScale)) << what;
}

void expect_near(const Tensor& got, const Tensor& want, const std::string& what) {
  ASSERT_EQ(got.sizes(), want.sizes()) << what;
  const double scale = std::max(want.abs().max().item<double>(), 1e-12);
  EXPECT_LE((got.to(at::kCPU) - want).abs().max().item<double>() / scale, kTolerance) << what;
}

/// TRL's log-probs leave out the completions that were masked; so do these.
Tensor counted_logps(const Fixture& fixture, const Tensor& logps) {
  if (!fixture.request.options.loss.mask_truncated_completions) return logps;
  std::vector<Tensor> kept;
  std::int64_t at = 0;
  for (const GrpoRequest::Prompt& group : fixture.request.groups) {
    for (const GrpoRequest::Completion& completion : group.completions) {
      const auto length = static_cast<std::int64_t>(completion.token_ids.size());
      const auto& ends = fixture.processor.eos_tokens;
      if (std::find(ends.begin(), ends.end(), completion.token_ids.back()) != ends.end())
        kept.push_back(logps.narrow(0, at, length));
      at += length;
    }
  }
  return at::cat(kept);
}

/// Stored whole for some cases; else as norms in the order of the sorted names.
void expect_gradients(const Fixture& fixture, const std::map<std::string, Tensor>& got) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : got) {
    if (name.starts_with("grad.")) names.push_back(name);  // a map is sorted
  }
  if (!fixture.expected.contains("grad_norms")) {
    EXPECT_EQ(names.size(), named_parameters(*fixture.model).size());
    for (const std::string& name : names)
      expect_near(got.at(name), fixture.expected.tensor(name), name);
    return;
  }
  const Tensor norms = fixture.expected.tensor("grad_norms");
  ASSERT_EQ(static_cast<std::int64_t>(names.size()), norms.size(0));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double want = norms[static_cast<std::int64_t>(i)].item<double>();
    EXPECT_NEAR(got.at(names[i]).to(at::kDouble).norm().item<double>(), want, kTolerance * want)
        << names[i];
  }
}

void expect_trl(const Fixture& fixture, const std::map<std::string, Tensor>& got) {
  expect_near(got.at("loss").item<double>(), fixture.expected.tensor("loss").item<double>(),
              "loss");
  expect_near(got.at("advantages"), fixture.expected.tensor("advantages"), "advantages");
  expect_near(counted_logps(fixture, got.at("logps")), fixture.expected.tensor("logps"), "logps");
  for (const SafetensorsEntry& entry : fixture.expected.header().entries) {
    if (!entry.name.starts_with("metric.") || kOnlyTrl.contains(entry.name.substr(7))) continue;
    ASSERT_TRUE(got.contains(entry.name)) << entry.name;
    expect_near(got.at(entry.name).item<double>(),
                fixture.expected.tensor(entry.name).item<double>(), entry.name);
  }
  expect_gradients(fixture, got);
}

struct Case {
  std::string checkpoint, name;
};

class GoldenGrpo : public ::testing::TestWithParam<Case> {};

TEST_P(GoldenGrpo, LossMetricsAndGradientsAreTrls) {
  Fixture fixture(GetParam().checkpoint, GetParam().name);
  for (const bool shared_prefix : {true, false}) {
    SCOPED_TRACE(shared_prefix ? "shared prefix" : "naive");
    expect_trl(fixture, fixture.compute(shared_prefix));
  }
}

std::vector<Case> all_cases() {
  constexpr std::string_view kEnding = ".request.json";
  std::vector<Case> cases;
  for (const char* checkpoint : {"untied_odd_f32", "tied_f16"}) {
    for (const auto& file :
         std::filesystem::directory_iterator(kGoldenFolder / "grpo" / checkpoint)) {
      const std::string name = file.path().filename().string();
      if (name.ends_with(kEnding) && !name.starts_with("ten_steps")) {
        cases.push_back({checkpoint, name.substr(0, name.size() - kEnding.size())});
      }
    }
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    return std::tie(a.checkpoint, a.name) < std::tie(b.checkpoint, b.name);
  });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenGrpo, ::testing::ValuesIn(all_cases()), [](const auto& info) {
  return info.param.checkpoint + "_" + info.param.name;
});

/// The policy's log-probs become those that the completions were sampled with.
void record_old_logps(GrpoRequest& request, const Tensor& logps) {
  const float* next = logps.const_data_ptr<float>();
  for (GrpoRequest::Prompt& group : request.groups) {
    for (GrpoRequest::Completion& completion : group.completions) {
      completion.old_logps.assign(next, next + completion.token_ids.size());
      next += completion.token_ids.size();
    }
  }
}

class GoldenGrpoSteps : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenGrpoSteps, TenStepsOnTwoRolloutsOfTheSameCompletionsAreTrls) {
  Fixture fixture(GetParam(), "ten_steps");
  const Tensor losses = fixture.expected.tensor("losses"),
               norms = fixture.expected.tensor("grad_norms");
  ASSERT_EQ(losses.size(0), 10);
  NamedTensors parameters = named_parameters(*fixture.model);
  AdamW optimizer(
      parameters,
      {.learning_rate = 1e-3, .adam_beta2 = 0.999, .weight_decay = 0, .max_grad_norm = 1});
  for (std::int64_t step = 0; step < losses.size(0); ++step) {
    std::map<std::string, Tensor> got = fixture.compute(/*shared_prefix=*/true);
    if (step % fixture.request.options.num_iterations ==
        0) {  // a rollout: the policy of this step is the one that sampled
      record_old_logps(fixture.request, got.at("logps"));
      got = fixture.compute(/*shared_prefix=*/true);
    }
    for (auto& [name, parameter] : parameters) parameter.mutable_grad() = got.at("grad." + name);
    expect_near(got.at("loss").item<double>(), losses[step].item<double>(),
                fmt::format("loss of step {}", step));
    expect_near(optimizer.clip_gradients(), norms[step].item<double>(),
                fmt::format("gradient norm of step {}", step));
    optimizer.step(1.0);
    optimizer.zero_grad();
  }
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenGrpoSteps,
                         ::testing::Values("untied_odd_f32", "tied_f16"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace juror
