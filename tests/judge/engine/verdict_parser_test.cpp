// Verdicts from hand-made completions.
#include "judge/engine/verdict_parser.h"

#include <gtest/gtest.h>

#include <cmath>

#include "temp_folder.h"

namespace juror {
namespace {

class VerdictParserTest : public ::testing::Test {
 protected:
  const Tokenizer tokenizer_ =
      Tokenizer::load(std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini/tokenizer.json");
  PromptTemplate template_;

  VerdictParser parser() const {
    return make_verdict_parser(tokenizer_, template_, Opening::kThink);
  }
  Verdict verdict_of(const Completion& completion) const {
    return parse_completion(parser(), completion).verdict;
  }
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
};

TEST_F(VerdictParserTest, TakesPFromTheWatchedTokensWhereTheDigitOfTheAnswerStands) {
  const Verdict verdict = verdict_of(
      completion("Image 1: clean. Image 2: blur.</think><answer>2</answer>", Finish::kStop, "2"));
  EXPECT_EQ(verdict.status, Status::kOk);
  EXPECT_EQ(verdict.answer, "2");
  EXPECT_EQ(verdict.thinking, "Image 1: clean. Image 2: blur.");
  EXPECT_NEAR(verdict.p, 0.25, 1e-6);  // 0.2 / (0.2 + 0.6)
}

TEST_F(VerdictParserTest, SpecialTokensAmongTheCompletionMoveNothing) {
  Completion made = completion("x</think><answer>2</answer>", Finish::kStop, "2");
  made.token_ids.insert(made.token_ids.begin(), tokenizer_.id_of("<|im_end|>"));
  made.watched.insert(made.watched.begin(), {0.0F, -9.0F});
  EXPECT_NEAR(verdict_of(made).p, 0.25, 1e-6);
  EXPECT_EQ(verdict_of(made).thinking, "x");
}

TEST_F(VerdictParserTest, AnUnreadableCompletionHasAReasonAndNoP) {
  const auto read = [&](const std::string& text, Finish finish) {
    return verdict_of(completion(text, finish));
  };
  EXPECT_EQ(read("Image 1: cl", Finish::kLength).status, Status::kTruncated);
  EXPECT_EQ(read("hm</think>", Finish::kStop).status, Status::kNoAnswer);
  EXPECT_EQ(read("hm</think><answer>both</answer>", Finish::kStop).status, Status::kBadAnswer);
  EXPECT_TRUE(std::isnan(read("Image 1: cl", Finish::kLength).p));
}

TEST_F(VerdictParserTest, ForcedContinuationClosesTheThoughtAndOpensTheAnswer) {
  const auto forced = [&](const std::string& text) {
    return tokenizer_.decode(forced_continuation(parser(), completion(text, Finish::kLength)));
  };
  EXPECT_EQ(forced("Image 1: cl"), "Image 1: cl</think><answer>");
  EXPECT_EQ(forced("hm</think><answer>bo"), "hm</think><answer>");
  EXPECT_EQ(forced(""), "</think><answer>");
}

TEST_F(VerdictParserTest, ForcedAndImmediateVerdictsAreTheSoftmaxOfTheTwoDigits) {
  const std::vector<double> second = {1.0, 2.0}, first = {3.0, 1.0};
  const Verdict forced =
      forced_verdict(parser(), completion("Image 1: cl", Finish::kLength), second);
  EXPECT_EQ(forced.status, Status::kForced);
  EXPECT_EQ(forced.answer, "2");
  EXPECT_EQ(forced.thinking, "Image 1: cl");
  EXPECT_NEAR(forced.p, 1 / (1 + std::exp(1.0)), 1e-6);
  const Verdict immediate = read_decision(parser().shape, first);
  EXPECT_EQ(immediate.status, Status::kOk);
  EXPECT_EQ(immediate.answer, "1");
  EXPECT_NEAR(immediate.p, 1 / (1 + std::exp(-2.0)), 1e-6);
}

TEST_F(VerdictParserTest, ScoresBecomeAProbabilityByTheirDifference) {
  template_.answer_format = "scores";
  template_.score_temperature = 2.0;
  const Verdict verdict = verdict_of(completion("hm</think><answer>7 5</answer>", Finish::kStop));
  EXPECT_EQ(verdict.status, Status::kOk);
  EXPECT_NEAR(verdict.p, 1 / (1 + std::exp(-1.0)), 1e-6);
}

}  // namespace
}  // namespace juror
