// The engine in bfloat16 against itself in fp32, on the device that tests compute on.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/decode.h"
#include "engine/tiny_model.h"

namespace juror {
namespace {

// Of the largest logit. bf16 keeps 8 bits (0.4 %), and rounding adds up over tower and layers.
constexpr double kTolerance = 0.03;

/// The tiny model in bf16, and in fp32 with the very same weights.
struct Both {
  std::unique_ptr<Model> half = tiny_model(), full = tiny_model();
  ModelInput prompt = tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)});
  FeatureCache half_features, full_features;
  Both() {
    move_model(*half, {.device = test_device(), .dtype = at::kBFloat16});
    move_model(*full, {.device = test_device(), .dtype = at::kBFloat16});
    move_model(*full, {.device = test_device(), .dtype = at::kFloat});
  }
};

TEST(Bf16, PrefillGivesTheLogitsOfFp32ButForRounding) {
  Both both;
  const Tensor half = prefill(*both.half, both.prompt, both.half_features).logits.to(at::kCPU),
               full = prefill(*both.full, both.prompt, both.full_features).logits.to(at::kCPU);
  EXPECT_LE((half - full).abs().max().item<double>(), kTolerance * full.abs().max().item<double>());
}

TEST(Bf16, LogProbsOfDecodedTokensAreThoseOfFp32ButForRounding) {
  Both both;
  const std::vector<Prefix> prefixes = {prefill(*both.half, both.prompt, both.half_features)};
  DecodeOptions options;
  options.sampling = {.temperature = 1.3, .max_new_tokens = 20};
  const Completion completion =
      decode(*both.half, prefixes, {{.name = {.seed = 5}}}, options).front();
  const Tensor logits = full_logits(*both.full, both.prompt, completion.token_ids);
  const Tensor expected = at::log_softmax(logits.narrow(0, logits.size(0) - 21, 20) / 1.3, -1)
                              .gather(1, at::tensor(completion.token_ids, at::kLong).unsqueeze(1))
                              .squeeze(1);
  EXPECT_LE((at::tensor(completion.logprobs) - expected).abs().max().item<double>(),
            2 * kTolerance * logits.abs().max().item<double>());
}

}  // namespace
}  // namespace juror
