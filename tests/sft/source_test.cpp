// What the samples of SynthSource ask for.
#include "sft/source.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "data/pictures.h"
#include "sft/pair_text.h"
#include "synth/thoughts.h"
#include "train/tiny_run.h"

namespace juror {
namespace {

constexpr std::uint64_t kSeed = 21;

class Source : public TinyRun {
 protected:
  Source() {
    const auto model = folder_.path() / "new";
    processor_ = std::make_unique<Processor>(load_processor(model, load_config(model)));
    template_ = load_template(folder_.path() / "template.toml");
    options_.synth.working_size = 56;
  }
  SftSample sample(std::uint64_t index) const {
    return SynthSource(photos_, options_, *processor_, template_, kSeed).sample(index);
  }
  std::string text(std::int64_t token) const {
    return processor_->tokenizer.decode(std::array{token});
  }

  const std::shared_ptr<const PhotoSet> photos_ = std::make_shared<PhotoSet>(
      std::vector<Image>{testing::make_scene(96, 80, 0), testing::make_scene(96, 80, 1)},
      std::vector<std::string>{"a", "b"});
  std::unique_ptr<Processor> processor_;
  PromptTemplate template_;
  SynthSourceOptions options_;
};

TEST_F(Source, AsksForQualitiesBetweenTwoDigitsAndForTheVotersShares) {
  options_.synth.answer_only = 0;
  options_.decisive_weight = 3;
  for (std::uint64_t i = 0; i < 24; ++i) {
    const SftSample made = sample(i);
    SynthPair pair = make_synth_pair(*photos_, options_.synth, kSeed, i / 2);
    if (i % 2 == 1) pair = swapped(std::move(pair));
    ASSERT_EQ(made.soft.size(), 3U);
    const double levels[] = {quality_level(pair.q1), quality_level(pair.q2)};
    for (std::size_t image = 0; image < 2; ++image) {
      const SoftToken& soft = made.soft[image];
      const double said = std::stod(text(made.completion[soft.at])),
                   other = std::stod(text(soft.other));
      if (soft.share > 0) EXPECT_EQ(std::abs(said - other), 1);  // a whole number is in no doubt
      EXPECT_LE(soft.share, 0.5);
      EXPECT_NEAR((1 - soft.share) * said + soft.share * other, levels[image], 1e-9);
      EXPECT_EQ(soft.weight, 3);
    }
    const SoftToken& answer = made.soft[2];
    const bool says_first = text(made.completion[answer.at]) == "1";
    EXPECT_EQ(text(answer.other), says_first ? "2" : "1");
    EXPECT_DOUBLE_EQ(says_first ? 1 - answer.share : answer.share, pair.p_first);
  }
}

TEST_F(Source, LearnsTheAnswerAloneWhereTheThoughtErrs) {
  options_.synth.answer_only = 0;
  options_.decisive_weight = 3;
  const SftSample right = sample(3);
  options_.misjudged = 1;
  const SftSample wrong = sample(3);
  EXPECT_EQ(right.learn_from, 0U);
  EXPECT_EQ(wrong.learn_from, wrong.soft.back().at);
  EXPECT_NE(wrong.completion, right.completion);
  EXPECT_EQ(wrong.completion[wrong.learn_from], right.completion[right.soft.back().at]);
  EXPECT_EQ(wrong.soft.back().share, right.soft.back().share);
  EXPECT_EQ(wrong.both_orders, sample(2).both_orders);
}

TEST_F(Source, ThoughtsThatCompareSayAtTheEndByHowMuch) {
  PairText pair{.first = {1, {}, 4}, .second = {2, {}, 9}};
  pair.level1 = 3.6;
  pair.level2 = 9;
  pair.form = ThoughtForm::kCompare;
  EXPECT_EQ(
      pair_thought(pair),
      "Image 1: nothing stands out; quality 4. Image 2: clean; quality 9. Image 2 is better by 5.");
  pair.level2 = 3.4;
  pair.second.quality = 3;
  EXPECT_EQ(pair_thought(pair),
            "Image 1: nothing stands out; quality 4. Image 2: nothing stands out; "
            "quality 3. Neither is better.");
}

TEST_F(Source, ThoughtsInTenthsSayALevelAsItIs) {
  PairText pair{.first = {1, {}, 4}, .second = {2, {}, 9}};
  pair.level1 = 3.96;  // 4.0
  pair.level2 = 8.94;  // 8.9
  pair.form = ThoughtForm::kTenths;
  const std::string thought = pair_thought(pair);
  EXPECT_EQ(thought, "Image 1: nothing stands out; quality 4.0. Image 2: clean; quality 8.9.");
  EXPECT_EQ(read_thought(thought)[1].quality, 9);
  pair.level1 = 7.6;  // worded as the digit 8 is
  EXPECT_EQ(pair_thought(pair), "Image 1: clean; quality 7.6. Image 2: clean; quality 8.9.");
}

TEST_F(Source, OfAThoughtThatComparesTheGapIsInDoubtToo) {
  options_.synth.answer_only = 0;
  options_.decisive_weight = 1;
  options_.form = ThoughtForm::kCompare;
  int gaps = 0;
  for (std::uint64_t i = 0; i < 24; ++i) {
    const SftSample made = sample(i);
    const SynthPair pair = make_synth_pair(*photos_, options_.synth, kSeed, i / 2);
    const double gap = std::abs(quality_level(pair.q1) - quality_level(pair.q2));
    ASSERT_EQ(made.soft.size(), gap >= 0.5 ? 4U : 3U);
    if (gap < 0.5) continue;
    ++gaps;
    const SoftToken& soft = made.soft[2];
    EXPECT_EQ(text(made.completion[soft.at]), std::to_string(std::lround(gap)));
    EXPECT_NEAR(soft.share, gap < 1 ? 0 : std::abs(gap - std::round(gap)), 1e-9);
  }
  EXPECT_GT(gaps, 5);
}

TEST_F(Source, WithoutAThoughtTheAnswerAloneIsInDoubt) {
  options_.synth.answer_only = 1;
  options_.decisive_weight = 1;
  const SftSample made = sample(0);
  ASSERT_EQ(made.soft.size(), 1U);
  EXPECT_EQ(text(made.completion[made.soft[0].at]),
            std::to_string(make_synth_pair(*photos_, options_.synth, kSeed, 0).answer));
}

TEST_F(Source, AsksForOneVotersAnswerWithoutADecisiveWeight) {
  EXPECT_TRUE(sample(0).soft.empty());
}

}  // namespace
}  // namespace juror
