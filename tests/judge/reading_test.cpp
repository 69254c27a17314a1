// Verdicts from hand-made completions, and remarks from thoughts.
#include "judge/reading.h"

#include <gtest/gtest.h>

#include <cmath>

#include "judge/reasons.h"
#include "temp_folder.h"

namespace juror {
namespace {

class ReadingTest : public ::testing::Test {
 protected:
  const Tokenizer tokenizer_ =
      Tokenizer::load(std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini/tokenizer.json");
  PromptTemplate template_;

  Reading reading() const { return make_reading(tokenizer_, template_, Opening::kThink); }
  /// A completion whose watched log-probs favour "1" everywhere but at the last digit `decision`.
  Completion completion(const std::string& text, Finish finish,
                        const std::string& decision = "") const {
    Completion made{
        .token_ids = tokenizer_.encode(text), .logprobs = {}, .watched = {}, .finish = finish};
    made.watched.assign(made.token_ids.size(), {0.0F, -9.0F});
    if (decision.empty()) return made;
    const std::int64_t digit = tokenizer_.encode(decision).front();
    for (std::size_t i = made.token_ids.size(); i-- > 0;) {
      if (made.token_ids[i] != digit) continue;
      made.watched[i] = {std::log(0.2F), std::log(0.6F)};
      break;
    }
    return made;
  }
  /// Logits [V], 0 but for "1" and "2".
  std::vector<float> logits(float first, float second) const {
    std::vector<float> row(static_cast<std::size_t>(tokenizer_.size()), 0.0F);
    row[static_cast<std::size_t>(tokenizer_.encode("1").front())] = first;
    row[static_cast<std::size_t>(tokenizer_.encode("2").front())] = second;
    return row;
  }
};

TEST_F(ReadingTest, TakesPFromTheWatchedTokensWhereTheDigitOfTheAnswerStands) {
  const Verdict verdict = read_verdict(
      reading(),
      completion("Image 1: clean. Image 2: blur.</think><answer>2</answer>", Finish::kStop, "2"));
  EXPECT_EQ(verdict.status, Status::kOk);
  EXPECT_EQ(verdict.answer, "2");
  EXPECT_EQ(verdict.thinking, "Image 1: clean. Image 2: blur.");
  EXPECT_NEAR(verdict.p, 0.25, 1e-6);  // 0.2 / (0.2 + 0.6)
}

TEST_F(ReadingTest, SpecialTokensAmongTheCompletionMoveNothing) {
  Completion made = completion("x</think><answer>2</answer>", Finish::kStop, "2");
  made.token_ids.insert(made.token_ids.begin(), tokenizer_.id_of("<|im_end|>"));
  made.watched.insert(made.watched.begin(), {0.0F, -9.0F});
  EXPECT_NEAR(read_verdict(reading(), made).p, 0.25, 1e-6);
  EXPECT_EQ(completion_text(reading(), made), "<think>x</think><answer>2</answer>");
}

TEST_F(ReadingTest, AnUnreadableCompletionHasAReasonAndNoP) {
  const auto read = [&](const std::string& text, Finish finish) {
    return read_verdict(reading(), completion(text, finish));
  };
  EXPECT_EQ(read("Image 1: cl", Finish::kLength).status, Status::kTruncated);
  EXPECT_EQ(read("hm</think>", Finish::kStop).status, Status::kNoAnswer);
  EXPECT_EQ(read("hm</think><answer>both</answer>", Finish::kStop).status, Status::kBadAnswer);
  EXPECT_TRUE(std::isnan(read("Image 1: cl", Finish::kLength).p));
}

TEST_F(ReadingTest, ForcedContinuationClosesTheThoughtAndOpensTheAnswer) {
  const auto forced = [&](const std::string& text) {
    return tokenizer_.decode(forced_continuation(reading(), completion(text, Finish::kLength)));
  };
  EXPECT_EQ(forced("Image 1: cl"), "Image 1: cl</think><answer>");
  EXPECT_EQ(forced("hm</think><answer>bo"), "hm</think><answer>");
  EXPECT_EQ(forced(""), "</think><answer>");
}

TEST_F(ReadingTest, ForcedAndImmediateVerdictsAreTheSoftmaxOfTheTwoDigits) {
  const Verdict forced =
      forced_verdict(reading(), completion("Image 1: cl", Finish::kLength), logits(1.0F, 2.0F));
  EXPECT_EQ(forced.status, Status::kForced);
  EXPECT_EQ(forced.answer, "2");
  EXPECT_EQ(forced.thinking, "Image 1: cl");
  EXPECT_NEAR(forced.p, 1 / (1 + std::exp(1.0)), 1e-6);
  const Verdict immediate = immediate_verdict(reading(), logits(3.0F, 1.0F));
  EXPECT_EQ(immediate.status, Status::kOk);
  EXPECT_EQ(immediate.answer, "1");
  EXPECT_NEAR(immediate.p, 1 / (1 + std::exp(-2.0)), 1e-6);
}

TEST_F(ReadingTest, ScoresBecomeAProbabilityByTheirDifference) {
  template_.answer_format = "scores";
  template_.score_temperature = 2.0;
  const Verdict verdict =
      read_verdict(reading(), completion("hm</think><answer>7 5</answer>", Finish::kStop));
  EXPECT_EQ(verdict.status, Status::kOk);
  EXPECT_NEAR(verdict.p, 1 / (1 + std::exp(-1.0)), 1e-6);
}

TEST(Reasons, RemarksArePartedAtTheMarkersOfBothImages) {
  const auto remarks =
      image_remarks("So. Image 1: strong blur; quality 4.\nImage 2: clean; quality 9. ");
  ASSERT_TRUE(remarks);
  EXPECT_EQ((*remarks)[0], "strong blur; quality 4.");
  EXPECT_EQ((*remarks)[1], "clean; quality 9.");
  EXPECT_FALSE(image_remarks("The first is sharper."));
  EXPECT_FALSE(image_remarks("Image 1: clean."));
  EXPECT_FALSE(image_remarks("Image 2: clean. Image 1: blur."));
}

TEST(Reasons, TheTypicalVoteStandsNearestToTheMean) {
  const auto vote = [](bool swapped, const char* thinking, double p) {
    return Vote{.swapped = swapped,
                .verdict = {.thinking = thinking, .answer = "1", .p = p, .status = Status::kOk}};
  };
  const std::vector<Vote> votes = {vote(false, "a", 0.9), vote(true, "b", 0.4),
                                   vote(false, "", 0.55), vote(false, "c", NAN)};
  ASSERT_NE(typical_vote(votes, 0.55), nullptr);
  EXPECT_EQ(typical_vote(votes, 0.55)->verdict.thinking,
            "b");  // mirrored: 0.6; the vote at 0.55 has no thought
  EXPECT_EQ(typical_vote(std::span(votes).subspan(2), 0.5), nullptr);
}

}  // namespace
}  // namespace juror
