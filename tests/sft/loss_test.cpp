// Packing and the loss of a packed batch, on a model of a few thousand random parameters.
#include "sft/loss.h"

#include <gtest/gtest.h>

#include "engine/tiny_model.h"

namespace juror {
namespace {

using Ids = std::vector<std::int64_t>;

SftSample short_sample() {
  return {.prompt = tiny_prompt(6), .completion = {30, 31}, .truths = {}};
}

SftSample long_sample() {  // 3 words, 6 image tokens, 2 words
  SftSample sample{
      .prompt = tiny_prompt(5, {tiny_image(1)}), .completion = {20, 21, 22}, .truths = {}};
  sample.truths = {{.first_image = 0, .images = 1, .severity = {0.5F}}};
  return sample;
}

SftSample picture_alone() {
  SftSample sample;
  sample.prompt.images = {tiny_image(2, 2, 2)};
  sample.truths = {{.first_image = 0, .images = 1, .severity = {0.0F, 0.7F}}};
  return sample;
}

TEST(PackSamples, LaysShorterOnesFirstAndMovesSpansLabelsAndTargets) {
  const PackedBatch batch =
      pack_samples({long_sample(), short_sample(), picture_alone()}, *tiny_model());
  EXPECT_EQ(batch.lengths, (Ids{6, 14}));
  EXPECT_EQ(batch.input.token_ids.size(), 20U);
  EXPECT_EQ(batch.input.token_ids[6], 5);  // the long one begins
  EXPECT_EQ(batch.predictors, (Ids{3, 4, 16, 17, 18}));
  EXPECT_EQ(batch.labels, (Ids{30, 31, 20, 21, 22}));
  ASSERT_EQ(batch.input.spans.size(), 1U);
  EXPECT_EQ(batch.input.spans[0].begin, 9);
  EXPECT_EQ(batch.input.spans[0].length, 6);
  EXPECT_EQ(batch.input.spans[0].image, 1U);  // the picture alone stands before it
  ASSERT_EQ(batch.targets.size(), 2U);
  EXPECT_EQ(batch.targets[0].begin, 0);
  EXPECT_EQ(batch.targets[0].length, 1);
  EXPECT_FLOAT_EQ(batch.targets[0].severity[1], 0.7F);
  EXPECT_EQ(batch.targets[1].begin, 1);
  EXPECT_EQ(batch.targets[1].length, 6);
  ASSERT_EQ(batch.positions.sizes(), (at::IntArrayRef{3, 20}));
  EXPECT_EQ(batch.positions[0][6].item<std::int64_t>(), 0);  // every sample counts from 0
}

SftLoss loss_of(std::vector<SftSample> samples, double severity_weight = 0,
                double order_weight = 0) {
  static const auto model = tiny_model();
  SeverityHead head = random_severity_head(32, 4);
  move_head(head, model->device());
  return sft_loss(*model, head, pack_samples(std::move(samples), *model),
                  {.severity = severity_weight, .order = order_weight});
}

TEST(SftLoss, OfABatchIsTheMeanOverAllCompletionTokens) {
  const SftLoss first = loss_of({short_sample()}), second = loss_of({long_sample()});
  const SftLoss both = loss_of({long_sample(), short_sample()});
  EXPECT_EQ(both.tokens, 5);
  EXPECT_GT(std::abs(first.completion_loss - second.completion_loss),
            1e-2);  // else the weights would not show
  EXPECT_NEAR(both.completion_loss, (2 * first.completion_loss + 3 * second.completion_loss) / 5,
              1e-5);
  EXPECT_NEAR(both.token_accuracy, (2 * first.token_accuracy + 3 * second.token_accuracy) / 5,
              1e-6);
}

TEST(SftLoss, IsTheCrossEntropyOfTheLogitsBeforeEachCompletionToken) {
  const auto model = tiny_model();
  const SftSample sample = long_sample();
  const Tensor logits = full_logits(*model, sample.prompt, sample.completion).log_softmax(-1);
  double expected = 0;
  for (std::int64_t i = 0; i < 3; ++i) expected -= logits[10 + i][20 + i].item<double>() / 3;
  EXPECT_NEAR(loss_of({sample}).completion_loss, expected, 1e-5);
}

TEST(SftLoss, AsksForASoftTokenInSharesAndCountsItByItsWeight) {
  const auto with_token = [](std::int64_t token) {
    SftSample sample = short_sample();
    sample.completion[1] = token;
    return loss_of({sample}).completion_loss * 2;  // of tokens 30 and `token`
  };
  SftSample certain = short_sample();
  certain.completion.pop_back();
  const double first = loss_of({certain}).completion_loss, said = with_token(31) - first,
               other = with_token(33) - first;
  EXPECT_GT(std::abs(said - other), 1e-2);  // else the shares would not show

  SftSample soft = short_sample();
  soft.soft = {{.at = 1, .other = 33, .share = 0.3, .weight = 4}};
  const SftLoss loss = loss_of({soft});
  EXPECT_EQ(loss.tokens, 3);
  EXPECT_NEAR(loss.completion_loss, (first + 4 * (0.7 * said + 0.3 * other)) / 5, 1e-5);
}

TEST(SftLoss, LearnsNothingFromTokensThatAreOnlyRead) {
  SftSample sample = long_sample();
  sample.learn_from = 2;
  const PackedBatch batch = pack_samples({sample}, *tiny_model());
  EXPECT_EQ(batch.predictors, (Ids{12}));
  EXPECT_EQ(batch.labels, (Ids{22}));
}

/// The last token of the sample names 31, or with doubt 33.
SftSample answered(SftSample sample, std::uint64_t pair) {
  sample.completion.back() = 31;
  sample.soft = {{.at = sample.completion.size() - 1, .other = 33, .share = 0.3}};
  sample.both_orders = pair;
  return sample;
}

TEST(SftLoss, AsksBothOrdersForTheSameAnswer) {
  const auto model = tiny_model();
  const auto probability = [&](const SftSample& sample) {
    const auto before =
        static_cast<std::int64_t>(sample.prompt.token_ids.size() + sample.completion.size() - 2);
    const Tensor row = full_logits(*model, sample.prompt, sample.completion)[before];
    return (row[31] - row[33]).sigmoid().item<double>();
  };
  const SftSample one = answered(short_sample(), 5), other = answered(long_sample(), 5);
  const double difference = probability(one) - probability(other);
  EXPECT_GT(std::abs(difference), 1e-3);

  const SftLoss loss = loss_of({one, answered(short_sample(), 6), other}, 0, 0.5);
  EXPECT_NEAR(loss.order_loss, difference * difference, 1e-6);
  EXPECT_NEAR(loss.loss.item<double>(), loss.completion_loss + 0.5 * loss.order_loss, 1e-6);
  EXPECT_EQ(loss_of({one, answered(long_sample(), 6)}, 0, 0.5).order_loss, 0);  // two other pairs
}

TEST(SftLoss, OfSamplesThatShareAnImageIsTheMeanOfBoth) {
  SftSample other = long_sample();  // the same image between other words
  other.prompt.token_ids[0] = 17;
  other.completion = {25, 26, 27};
  const SftLoss one = loss_of({long_sample()}, 1.0), two = loss_of({other}, 1.0),
                both = loss_of({long_sample(), other}, 1.0);
  EXPECT_GT(std::abs(one.completion_loss - two.completion_loss), 1e-2);
  EXPECT_NEAR(both.completion_loss, (one.completion_loss + two.completion_loss) / 2, 1e-5);
  // About 163.5, where neighbouring floats are 1.5e-5 apart: equal up to the rounding of fp32.
  EXPECT_FLOAT_EQ(static_cast<float>(both.severity_loss), static_cast<float>(one.severity_loss));
}

TEST(SftLoss, AddsTheWeightedSeverityLoss) {
  const SftLoss loss = loss_of({long_sample(), short_sample()}, 0.25);
  EXPECT_GT(loss.severity_loss, 0);
  EXPECT_NEAR(loss.loss.item<double>(), loss.completion_loss + 0.25 * loss.severity_loss, 1e-5);
  const SftLoss only = loss_of({picture_alone()}, 1.0);
  EXPECT_EQ(only.tokens, 0);
  EXPECT_NEAR(only.loss.item<double>(), only.severity_loss, 1e-6);
}

}  // namespace
}  // namespace juror
