// Prompts read in pieces against the same prompts read whole.
#include "engine/prompt_pieces.h"

#include <gtest/gtest.h>

#include "engine/tiny_model.h"

namespace juror {
namespace {

constexpr double kRounding = 1e-5;

double difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

/// The prompt read in pieces of at most `size` tokens.
Prefix in_pieces(const Model& model, const ModelInput& prompt, std::int64_t size) {
  FeatureCache features;
  PartialPrefix partial{.prompt = std::make_shared<const ModelInput>(prompt)};
  while (partial.left() > 0) {
    const ModelInput piece = next_piece(partial, std::min(size, partial.left()));
    const ModelInput* pieces[] = {&piece};
    prefill_piece(model, partial, piece, features.encode(model, images_of(pieces)));
  }
  return partial.prefix;
}

void expect_equal(const Prefix& a, const Prefix& b) {
  EXPECT_LE(difference(a.logits, b.logits), kRounding);
  EXPECT_LE(difference(a.hidden, b.hidden), kRounding);
  EXPECT_EQ(a.length, b.length);
  EXPECT_EQ(a.next, b.next);
  ASSERT_EQ(a.keys.size(), b.keys.size());
  for (std::size_t layer = 0; layer < a.keys.size(); ++layer) {
    EXPECT_LE(difference(a.keys[layer], b.keys[layer]), kRounding);
    EXPECT_LE(difference(a.values[layer], b.values[layer]), kRounding);
  }
}

class PromptPieces : public ::testing::TestWithParam<std::size_t> {};

TEST_P(PromptPieces, OfAnySizeGiveThePrefixOfTheWholeAlsoWhereTheyCutAnImage) {
  const auto model = random_model(tiny_configs()[GetParam()], 3, 0.25);
  const ModelInput prompt = tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)});
  FeatureCache features;
  const Prefix whole = prefill(*model, prompt, features);
  for (const std::int64_t size : {1, 2, 3, 5, 8, 13, 14}) {
    SCOPED_TRACE(size);
    expect_equal(in_pieces(*model, prompt, size), whole);
  }
}

TEST_P(PromptPieces, OfManyTokensGiveThePrefixOfTheWhole) {
  ModelConfig config = tiny_configs()[GetParam()];
  config.text.max_positions = 4096;
  const auto model = random_model(config, 3, 0.25);
  ModelInput prompt = tiny_prompt(1, {tiny_image(1, 40, 24)});
  for (std::int64_t i = 0; i < 700; ++i) prompt.token_ids.push_back(i * i % 47);
  FeatureCache features;
  const Prefix whole = prefill(*model, prompt, features);
  expect_equal(in_pieces(*model, prompt, 300), whole);
  expect_equal(in_pieces(*model, prompt, 128), whole);
}

INSTANTIATE_TEST_SUITE_P(Families, PromptPieces, ::testing::Range<std::size_t>(0, 3));

}  // namespace
}  // namespace juror
