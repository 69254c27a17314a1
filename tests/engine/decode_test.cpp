// Decoding against one uncached pass, against itself in other company, and its stops.
#include "engine/decode.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/tiny_model.h"

namespace juror {
namespace {

constexpr double kRounding = 1e-5;

/// Two prompts with pictures, one of them of another length, prefilled.
struct Fixture {
  std::unique_ptr<Model> model = tiny_model();
  std::vector<ModelInput> prompts = {tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)}),
                                     tiny_prompt(4, {tiny_image(2, 2, 4)})};
  FeatureCache features;
  std::vector<Prefix> prefixes = {prefill(*model, prompts[0], features),
                                  prefill(*model, prompts[1], features)};

  std::vector<Completion> run(const std::vector<DecodeRow>& rows, const DecodeOptions& options) {
    return decode(*model, prefixes, rows, options);
  }
};

DecodeRow row(std::size_t prefix, std::uint64_t sample) {
  return {.prefix = prefix, .name = {.seed = 5, .prompt = prefix, .sample = sample}};
}

DecodeOptions options_with(SamplingOptions sampling) {
  DecodeOptions options;
  options.sampling = sampling;
  options.banned = banned_tokens(tiny_config(), kTinyVocabulary);
  return options;
}

const SamplingOptions kWarm{.temperature = 1.3,
                            .max_new_tokens = 70};  // beyond the first capacity of the cache

/// Six rows over both prefixes, not in order of prefix.
std::vector<DecodeRow> six_rows() {
  return {row(0, 0), row(0, 1), row(1, 0), row(0, 2), row(1, 1), row(1, 2)};
}

/// Largest difference between recorded log-probs and those of one uncached pass over prompt and
/// completion.
double logprob_error(const Model& model, const ModelInput& prompt, const Completion& completion,
                     double temperature) {
  const auto count = static_cast<std::int64_t>(completion.token_ids.size());
  const Tensor logits = full_logits(model, prompt, completion.token_ids);
  const Tensor before = logits.narrow(0, logits.size(0) - count - 1, count) / temperature;
  const Tensor ids = at::tensor(completion.token_ids, at::kLong).unsqueeze(1);
  const Tensor expected = at::log_softmax(before, -1).gather(1, ids).squeeze(1);
  return (expected - at::tensor(completion.logprobs)).abs().max().item<double>();
}

TEST(Decode, LogProbsEqualOneUncachedPassOverPromptAndCompletion) {
  Fixture f;
  const auto completions = f.run(six_rows(), options_with(kWarm));
  for (std::size_t i = 0; i < completions.size(); ++i) {
    ASSERT_EQ(completions[i].token_ids.size(), 70U);
    EXPECT_LE(logprob_error(*f.model, f.prompts[six_rows()[i].prefix], completions[i], 1.3),
              kRounding);
  }
}

TEST(Decode, LogProbsAreOfTheWholeDistributionWhateverIsCut) {
  Fixture f;
  const auto completions = f.run(
      {row(0, 0)},
      options_with(
          {.temperature = 0.8, .top_k = 3, .top_p = 0.9, .min_p = 0.1, .max_new_tokens = 12}));
  EXPECT_LE(logprob_error(*f.model, f.prompts[0], completions[0], 0.8), kRounding);
}

TEST(Decode, TokensDoNotDependOnTheOtherRows) {
  Fixture f;
  const auto together = f.run(six_rows(), options_with(kWarm));
  for (std::size_t i = 0; i < together.size(); ++i) {
    const Completion alone = f.run({six_rows()[i]}, options_with(kWarm)).front();
    EXPECT_EQ(together[i].token_ids, alone.token_ids);
    for (std::size_t t = 0; t < alone.logprobs.size(); ++t) {
      EXPECT_NEAR(together[i].logprobs[t], alone.logprobs[t], kRounding);
    }
  }
}

TEST(Decode, SamplesOfOnePromptDifferAndTheSameNameRepeats) {
  Fixture f;
  const auto completions = f.run({row(0, 0), row(0, 1), row(0, 0)}, options_with(kWarm));
  EXPECT_NE(completions[0].token_ids, completions[1].token_ids);
  EXPECT_EQ(completions[0].token_ids, completions[2].token_ids);
}

TEST(Decode, StopsAtAnyStopIdAndOtherRowsGoOn) {
  Fixture f;
  const auto free = f.run(six_rows(), options_with(kWarm));
  DecodeOptions options = options_with(kWarm);
  options.stop_ids = {free[0].token_ids[20], free[2].token_ids[9]};
  const auto stopped = f.run(six_rows(), options);
  for (std::size_t i = 0; i < free.size(); ++i) {
    const auto& ids = free[i].token_ids;
    const auto stop = std::find_first_of(ids.begin(), ids.end(), options.stop_ids.begin(),
                                         options.stop_ids.end());
    const std::vector<std::int64_t> expected(ids.begin(), stop == ids.end() ? stop : stop + 1);
    EXPECT_EQ(stopped[i].token_ids, expected);
    EXPECT_EQ(stopped[i].logprobs.size(), expected.size());
    EXPECT_EQ(stopped[i].finish, stop == ids.end() ? Finish::kLength : Finish::kStop);
  }
  EXPECT_EQ(stopped[0].finish, Finish::kStop);
}

TEST(Decode, ARowThatJoinsLateDecodesTheSame) {
  Fixture f;
  const DecodeOptions options = options_with({.temperature = 1.3, .max_new_tokens = 9});
  const auto together = f.run({row(0, 0), row(1, 0), row(0, 1)}, options);
  DecodeBatch batch(*f.model, f.prefixes, options);
  batch.add(row(0, 0));
  batch.step();
  batch.step();
  batch.add(row(1, 0));
  for (int i = 0; i < 8; ++i) batch.step();  // the first row has left by now
  EXPECT_EQ(batch.active(), 1U);
  batch.add(row(0, 1));
  while (batch.step()) {
  }
  EXPECT_EQ(batch.active(), 0U);
  for (std::size_t i = 0; i < together.size(); ++i) {
    EXPECT_EQ(batch.completion(i).token_ids, together[i].token_ids);
    EXPECT_LE(logprob_error(*f.model, f.prompts[i % 2], batch.completion(i), 1.3), kRounding);
  }
}

TEST(Decode, NeverSamplesABannedId) {
  Fixture f;
  DecodeOptions options =
      options_with({.temperature = 50.0, .max_new_tokens = 60});  // all but uniform
  for (std::int64_t id = 10; id < 50; ++id) options.banned.ban(id);
  for (const Completion& completion : f.run(six_rows(), options)) {
    for (const std::int64_t id : completion.token_ids)
      EXPECT_FALSE(options.banned.contains(static_cast<std::size_t>(id)));
  }
}

TEST(Decode, WatchedIdsAreRecordedAtEveryStep) {
  Fixture f;
  DecodeOptions options = options_with({.temperature = 0.7, .max_new_tokens = 6});
  options.watched_ids = {17, 3};
  const Completion completion = f.run({row(1, 0)}, options).front();
  const Tensor logits = full_logits(*f.model, f.prompts[1], completion.token_ids);
  const Tensor expected = at::log_softmax(logits, -1).narrow(0, logits.size(0) - 7, 6);
  ASSERT_EQ(completion.watched.size(), 6U);
  for (std::int64_t t = 0; t < 6; ++t) {
    EXPECT_NEAR(completion.watched[static_cast<std::size_t>(t)][0], expected[t][17].item<float>(),
                kRounding);
    EXPECT_NEAR(completion.watched[static_cast<std::size_t>(t)][1], expected[t][3].item<float>(),
                kRounding);
  }
}

TEST(Decode, ACancelledRowKeepsWhatItHasAndTheOthersGoOn) {
  Fixture f;
  const SamplingOptions sampling{.temperature = 1.3, .max_new_tokens = 10};
  const auto free = f.run(six_rows(), options_with(sampling));
  DecodeOptions options = options_with(sampling);
  std::vector<int> heard(6, 0);
  options.on_token = [&](std::size_t index, std::int64_t) {
    return ++heard[index] == 3 && index == 1 ? TokenAction::kCancelRow : TokenAction::kContinue;
  };
  const auto completions = f.run(six_rows(), options);
  EXPECT_EQ(heard, (std::vector<int>{10, 3, 10, 10, 10, 10}));
  EXPECT_EQ(completions[1].finish, Finish::kCancelled);
  EXPECT_EQ(completions[1].token_ids,
            std::vector<std::int64_t>(free[1].token_ids.begin(), free[1].token_ids.begin() + 3));
  EXPECT_EQ(completions[5].token_ids, free[5].token_ids);
  EXPECT_EQ(completions[5].finish, Finish::kLength);
}

TEST(Decode, CancellingAllEndsEveryRowThatIsNotFinished) {
  Fixture f;
  DecodeOptions options = options_with({.temperature = 1.3, .max_new_tokens = 10});
  options.on_token = [](std::size_t index, std::int64_t) {
    return index == 2 ? TokenAction::kCancelAll : TokenAction::kContinue;
  };
  for (const Completion& completion : f.run(six_rows(), options)) {
    EXPECT_EQ(completion.finish, Finish::kCancelled);
    EXPECT_EQ(completion.token_ids.size(), 1U);
    EXPECT_EQ(completion.logprobs.size(), 1U);
  }
}

TEST(Decode, NoRowsGiveNoCompletions) {
  Fixture f;
  EXPECT_TRUE(f.run({}, options_with({})).empty());
}

}  // namespace
}  // namespace juror
