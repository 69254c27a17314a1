// Every family through the engine: prefixes, cached decoding and scoring against one uncached pass.
#include <gtest/gtest.h>

#include "engine/decode.h"
#include "engine/tiny_model.h"
#include "model/family.h"

namespace juror {
namespace {

constexpr double kRounding = 1e-5;

class EveryFamily : public ::testing::TestWithParam<std::size_t> {
 protected:
  const std::unique_ptr<Model> model_ = random_model(tiny_configs()[GetParam()], 3, 0.25);
  const std::vector<ModelInput> prompts_ = {tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)}),
                                            tiny_prompt(4), tiny_prompt(4, {tiny_image(2, 2, 4)})};
  FeatureCache features_;

  std::vector<Prefix> prefill_all() {
    std::vector<const ModelInput*> pointers;
    for (const ModelInput& prompt : prompts_) pointers.push_back(&prompt);
    return prefill(*model_, pointers, features_);
  }
};

double difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST_P(EveryFamily, ReadsPackedPromptsAndCachedFeaturesAsEachAlone) {
  prefill_all();
  const std::vector<Prefix> again = prefill_all();  // every image comes out of the cache
  EXPECT_EQ(features_.images_encoded(), 2);
  for (std::size_t i = 0; i < prompts_.size(); ++i) {
    const Tensor logits = full_logits(*model_, prompts_[i], {});
    EXPECT_LE(difference(again[i].logits, logits[logits.size(0) - 1]), kRounding) << i;
  }
}

TEST_P(EveryFamily, DecodesBehindAPrefixAsInOnePass) {
  const std::vector<Prefix> prefixes = prefill_all();
  DecodeOptions options;
  options.sampling = {.temperature = 0.0, .max_new_tokens = 20};
  options.banned = BannedTokens(kTinyVocabulary);
  const auto completions =
      decode(*model_, prefixes, {DecodeRow{.prefix = 0}, DecodeRow{.prefix = 2}}, options);
  for (std::size_t i = 0; i < completions.size(); ++i) {
    const auto& ids = completions[i].token_ids;
    const auto count = static_cast<std::int64_t>(ids.size());
    const Tensor logits = full_logits(*model_, prompts_[2 * i], ids);
    const Tensor before = logits.narrow(0, logits.size(0) - count - 1, count);
    EXPECT_TRUE(at::equal(before.argmax(-1), at::tensor(ids, at::kLong)));
    const Tensor expected =
        at::log_softmax(before, -1).gather(1, at::tensor(ids, at::kLong).unsqueeze(1)).squeeze(1);
    EXPECT_LE(difference(at::tensor(completions[i].logprobs), expected), kRounding);
  }
}

TEST_P(EveryFamily, ScoresGivenTokensAsInOnePass) {
  const std::vector<std::vector<std::int64_t>> given = {{5, 6, 8, 12}, {5, 6}, {30}};
  std::vector<Request> requests;
  for (std::size_t i = 0; i < given.size(); ++i) {
    requests.push_back({.prompt = std::make_shared<const ModelInput>(prompts_[i]),
                        .given = given[i],
                        .scores_given = true});
    requests.back().options.watched_ids = {40};
  }
  const std::vector<Result> results = Engine(borrowed(*model_)).run(requests);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto count = static_cast<std::int64_t>(given[i].size());
    const Tensor expected = at::log_softmax(full_logits(*model_, prompts_[i], given[i]), -1);
    const Tensor before = expected.narrow(0, expected.size(0) - count - 1, count);
    EXPECT_NEAR(results[i].next.at(0), expected[expected.size(0) - 1][40].item<float>(), kRounding);
    for (std::int64_t t = 0; t < count; ++t) {
      const auto place = static_cast<std::size_t>(t);
      EXPECT_NEAR(results[i].given_logprobs.at(place), before[t][given[i][place]].item<float>(),
                  kRounding);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EveryFamily, ::testing::Range<std::size_t>(0, 3));

TEST(DeepFeatures, ChangeWhatIsSaidOfAnImage) {
  const auto model = random_model(tiny_qwen3_config(), 3, 0.25);
  const ModelInput prompt = tiny_prompt(1, {tiny_image(1)});
  ImageFeatures features = model->encode_images(prompt.images);
  ASSERT_EQ(features.deep.size(), 2U);
  const auto read = [&] {
    SegmentAttention attention({static_cast<std::int64_t>(prompt.token_ids.size())});
    return model->hidden(model->embed(prompt, features), model->positions(prompt).ids, attention);
  };
  const Tensor with = read();
  features.deep.clear();
  EXPECT_GT(difference(with, read()), 0.01);
}

}  // namespace
}  // namespace juror
