// The engine on the simulated accelerator: the CPU's numbers, one copy to the host a decoded token
// step, none a layer.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/decode.h"
#include "engine/score.h"
#include "engine/tiny_model.h"
#include "simulated/backend.h"

namespace juror {
namespace {

/// A model of `layers` on the device or, with the same weights, on the CPU; two prompts prefilled.
struct Prefilled {
  std::unique_ptr<Model> model;
  std::vector<ModelInput> prompts = {tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)}),
                                     tiny_prompt(4, {tiny_image(2, 2, 4)})};
  FeatureCache features;
  std::vector<Prefix> prefixes;

  explicit Prefilled(const at::Device& device, std::int64_t layers = 2) {
    simulated_start();
    ModelConfig config = tiny_config();
    config.text.layers = layers;
    model = random_model(config, 3, 0.25);
    move_model(*model, {.device = device});
    for (const ModelInput& prompt : prompts) prefixes.push_back(prefill(*model, prompt, features));
  }

  std::vector<Completion> decode_rows(std::int64_t tokens) {
    DecodeOptions options;
    options.sampling = {.temperature = 1.3, .max_new_tokens = tokens};
    options.banned = banned_tokens(model->config(), kTinyVocabulary);
    options.watched_ids = {17, 3};
    std::vector<DecodeRow> rows;
    for (std::uint64_t i = 0; i < 6; ++i)
      rows.push_back({.prefix = i % 2, .name = {.seed = 5, .prompt = i % 2, .sample = i}});
    return decode(*model, prefixes, rows, options);
  }
};

at::Device device() {
  simulated_start();
  return at::Device("simulated:0");
}

/// Counts of decoding `tokens` tokens.
SimulatedCounts counts_of(Prefilled& setup, std::int64_t tokens) {
  simulated_reset_counts();
  setup.decode_rows(tokens);
  return simulated_counts();
}

TEST(DecodeOnADevice, GivesTheTokensAndLogProbsOfTheCpu) {
  Prefilled here(at::kCPU), there(device());
  const auto expected = here.decode_rows(40), drawn = there.decode_rows(40);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(drawn[i].token_ids, expected[i].token_ids);
    for (std::size_t t = 0; t < 40; ++t) {
      EXPECT_NEAR(drawn[i].logprobs[t], expected[i].logprobs[t], 1e-5);
      EXPECT_NEAR(drawn[i].watched[t][0], expected[i].watched[t][0], 1e-5);
    }
  }
}

TEST(DecodeOnADevice, CopiesOnceToTheHostATokenStep) {
  Prefilled setup(device());
  setup.decode_rows(2);  // the bans go up once
  const SimulatedCounts few = counts_of(setup, 8), many = counts_of(setup, 24);
  EXPECT_EQ(few.device_to_host, 8);
  EXPECT_EQ(many.device_to_host, 24);
  EXPECT_EQ(many.items, 0);
  EXPECT_EQ(many.blocking_uploads, 0);
}

TEST(DecodeOnADevice, CopiesNothingALayer) {
  Prefilled shallow(device(), 2), deep(device(), 6);
  shallow.decode_rows(2), deep.decode_rows(2);
  const SimulatedCounts two = counts_of(shallow, 8), six = counts_of(deep, 8);
  EXPECT_EQ(two.device_to_host, six.device_to_host);
  EXPECT_EQ(two.host_to_device, six.host_to_device);
  EXPECT_EQ(six.items, 0);
  EXPECT_GT(six.kernels, two.kernels);
}

TEST(PrefillOnADevice, CopiesNothingALayerAndNothingToTheHost) {
  const auto count = [](std::int64_t layers) {
    Prefilled setup(device(), layers);
    FeatureCache fresh;
    simulated_reset_counts();
    prefill(*setup.model, setup.prompts[0], fresh);
    return simulated_counts();
  };
  const SimulatedCounts two = count(2), six = count(6);
  EXPECT_EQ(two.host_to_device, six.host_to_device);
  EXPECT_EQ(six.device_to_host, 0);
  EXPECT_EQ(six.items, 0);
}

TEST(ScoreOnADevice, CopiesNothingALayerAndGivesTheNumbersOfTheCpu) {
  const std::vector<std::vector<std::int64_t>> tokens = {{5, 6, 7}, {9}, {4, 8}};
  const std::vector<std::int64_t> watched = {17, 3};
  const auto scored = [&](Prefilled& of) {
    std::vector<GivenRow> rows;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      rows.push_back({.prefix = &of.prefixes[i / 2],
                      .token_ids = tokens[i],
                      .watched_ids = &watched,
                      .wants_logprobs = true});
    }
    return score_given(*of.model, rows);
  };
  Prefilled here(at::kCPU), there(device()), deep(device(), 6);
  const std::vector<GivenScores> expected = scored(here);
  simulated_reset_counts();
  const std::vector<GivenScores> got = scored(there);
  const SimulatedCounts two = simulated_counts();
  simulated_reset_counts();
  scored(deep);
  EXPECT_EQ(simulated_counts().host_to_device, two.host_to_device);
  EXPECT_EQ(simulated_counts().device_to_host, two.device_to_host);
  EXPECT_LE(two.device_to_host, 2);
  for (std::size_t r = 0; r < tokens.size(); ++r) {
    EXPECT_NEAR(got[r].next[0], expected[r].next[0], 1e-5);
    for (std::size_t t = 0; t < tokens[r].size(); ++t)
      EXPECT_NEAR(got[r].logprobs[t], expected[r].logprobs[t], 1e-5);
  }
}

}  // namespace
}  // namespace juror
