// What must hold for every judge, shown on the embedded model. Thoughts are cut short, so forced
// reading takes part.
#include "judge/engine/load_voter.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "data/pictures.h"
#include "judge/judge.h"
#include "preference/ranking.h"
#include "synth/defects.h"
#include "test_device.h"

namespace juror {
namespace {

const std::vector<PairIndex> kAllPairs = {{0, 1}, {0, 2}, {1, 2}};
constexpr double kRounding = 1e-5;  // rows computed beside other rows differ by rounding

std::unique_ptr<EngineVoter> mini_voter(std::int64_t batch_rows = 64) {
  return load_engine_voter(std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini",
                           {.device = test_device_name(), .dtype = "float32"},
                           {.batch_rows = batch_rows});
}

Judge mini_judge(std::unique_ptr<EngineVoter> voter) {
  return Judge(std::move(voter),
               template_of_model(std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini", ""));
}

class EngineVoterTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    at::set_num_threads(1);
    auto voter = mini_voter();
    voter_ = voter.get();
    judge_ = new Judge(mini_judge(std::move(voter)));
    candidates_ = new std::vector<CandidateImage>;
    for (const Defect defect : {Defect::kBlur, Defect::kNoise, Defect::kDark}) {
      Degradation degradation;
      degradation[defect] = 0.8F;
      const int variant = static_cast<int>(candidates_->size());
      candidates_->push_back(
          judge_->prepare(degrade(testing::make_scene(224, 168, variant), degradation, Random{7})));
    }
  }
  static void TearDownTestSuite() {
    delete candidates_;
    delete judge_;
  }

  static JudgeOptions options() {
    JudgeOptions o;
    o.votes = 2;
    o.sampling.max_new_tokens = 12;
    return o;
  }
  static std::vector<Comparison> compare(const std::vector<CandidateImage>& candidates,
                                         const JudgeOptions& o = options(),
                                         const std::vector<PairIndex>& pairs = kAllPairs) {
    return judge_->compare("", candidates, pairs, o);
  }
  static void expect_same(const Comparison& a, const Comparison& b) {
    ASSERT_EQ(a.votes.size(), b.votes.size());
    for (std::size_t i = 0; i < a.votes.size(); ++i) {
      EXPECT_EQ(a.votes[i].verdict.thinking, b.votes[i].verdict.thinking);
      EXPECT_EQ(a.votes[i].verdict.status, b.votes[i].verdict.status);
      EXPECT_NEAR(a.votes[i].verdict.p, b.votes[i].verdict.p, kRounding);
    }
    EXPECT_NEAR(a.result.p, b.result.p, kRounding);
  }

  static EngineVoter* voter_;  ///< the judge's
  static Judge* judge_;
  static std::vector<CandidateImage>* candidates_;
};
EngineVoter* EngineVoterTest::voter_ = nullptr;
Judge* EngineVoterTest::judge_ = nullptr;
std::vector<CandidateImage>* EngineVoterTest::candidates_ = nullptr;

TEST_F(EngineVoterTest, SwappingAPairMirrorsItsP) {
  const Comparison straight = compare(*candidates_, options(), {{0, 1}}).front();
  const Comparison mirrored = compare(*candidates_, options(), {{1, 0}}).front();
  EXPECT_GT(std::abs(straight.result.p - 0.5), 1e-3);  // else mirroring would not show
  EXPECT_NEAR(mirrored.result.p, 1 - straight.result.p, kRounding);
  EXPECT_NEAR(mirrored.result.p_ij, 1 - straight.result.p_ji, kRounding);
  for (std::size_t i = 0; i < 2; ++i) {  // what was said of (0, 1) shown so is said again
    EXPECT_FALSE(straight.votes[i].swapped);
    EXPECT_TRUE(mirrored.votes[2 + i].swapped);
    EXPECT_EQ(straight.votes[i].verdict.thinking, mirrored.votes[2 + i].verdict.thinking);
  }
}

TEST_F(EngineVoterTest, PermutingThePicturesPermutesTheRanking) {
  const std::vector<std::size_t> from = {2, 0, 1};
  std::vector<CandidateImage> permuted;
  for (const std::size_t i : from) permuted.push_back((*candidates_)[i]);
  const auto ranking = [](const std::vector<Comparison>& comparisons) {
    std::vector<PairReads> reads;
    for (const Comparison& c : comparisons)
      reads.push_back({c.pair.first, c.pair.second, reads_of(c.votes)});
    return rank_images(3, reads);
  };
  const Ranking straight = ranking(compare(*candidates_)), other = ranking(compare(permuted));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(other.items[i].score, straight.items[from[i]].score, kRounding);
    EXPECT_EQ(from[other.order[i]], straight.order[i]);
  }
}

TEST_F(EngineVoterTest, BatchSizeChangesNoVerdict) {
  Judge small = mini_judge(mini_voter(1));
  const auto one = small.compare("", *candidates_, kAllPairs, options()),
             many = compare(*candidates_);
  for (std::size_t i = 0; i < kAllPairs.size(); ++i) expect_same(one[i], many[i]);
}

TEST_F(EngineVoterTest, EncodesEachViewOnceHoweverManyPairsShowIt) {
  compare(*candidates_);
  std::int64_t views = 0;
  for (const CandidateImage& candidate : *candidates_)
    views += static_cast<std::int64_t>(candidate.views.size());
  EXPECT_EQ(voter_->stats().images_encoded, views);
  compare(*candidates_);
  EXPECT_EQ(voter_->stats().images_encoded, views);
}

TEST_F(EngineVoterTest, TheSameSeedSaysTheSameAndAnotherSeedAnother) {
  JudgeOptions o = options();
  o.sampling.temperature = 3;
  const Comparison first = compare(*candidates_, o, {{0, 1}}).front(),
                   again = compare(*candidates_, o, {{0, 1}}).front();
  expect_same(first, again);
  EXPECT_NE(first.votes[0].verdict.thinking, first.votes[1].verdict.thinking);
  o.seed = 1;
  EXPECT_NE(compare(*candidates_, o, {{0, 1}}).front().votes[0].verdict.thinking,
            first.votes[0].verdict.thinking);
}

TEST_F(EngineVoterTest, ThoughtsThatWereCutAreReadByForceAndCounted) {
  JudgeOptions o = options();
  o.sampling.max_new_tokens = 3;
  const Comparison cut = compare(*candidates_, o, {{0, 1}}).front();
  EXPECT_EQ(cut.result.forced, 4);
  EXPECT_EQ(cut.result.unread, 0);
  EXPECT_EQ(cut.completion_tokens, 12);
}

TEST_F(EngineVoterTest, OrdersAndThinkingCountAsAsked) {
  JudgeOptions o = options();
  o.orders = "swapped";
  const Comparison swapped = compare(*candidates_, o, {{0, 1}}).front();
  ASSERT_EQ(swapped.votes.size(), 2U);
  EXPECT_TRUE(swapped.votes[0].swapped && swapped.votes[1].swapped);
  o.orders = "both";
  o.think = false;
  const Comparison silent = compare(*candidates_, o, {{0, 1}}).front();
  ASSERT_EQ(silent.votes.size(), 2U);
  EXPECT_EQ(silent.completion_tokens, 0);
  EXPECT_EQ(silent.votes[0].verdict.thinking, "");
}

TEST_F(EngineVoterTest, ManyVotesKeepTheBudgetOfRows) {
  auto voter = mini_voter(8);
  EngineVoter* const kept = voter.get();
  Judge judge = mini_judge(std::move(voter));
  JudgeOptions o = options();
  o.votes = 16;
  EXPECT_EQ(judge.compare("", *candidates_, {{0, 1}}, o).front().votes.size(), 32U);
  EXPECT_EQ(kept->stats().most_rows, 8);
}

TEST_F(EngineVoterTest, PairsThatShareAPromptPrefillItOnce) {
  auto voter = mini_voter();
  EngineVoter* const kept = voter.get();
  Judge one = mini_judge(std::move(voter));
  JudgeOptions o = options();
  o.votes = 4;
  o.sampling.max_new_tokens = 3;  // every vote is read by force, behind the same prompt
  one.compare("", *candidates_, {{0, 1}}, o);
  EXPECT_EQ(kept->stats().prompts_prefilled, 2);
}

TEST_F(EngineVoterTest, FinishesWhatIsUnderWayWhenAskedToStop) {
  JudgeOptions o = options();
  o.think = false;
  const auto some =
      judge_->compare("", *candidates_, kAllPairs, o,
                      [](std::string_view, std::int64_t done, std::int64_t) { return done < 2; });
  EXPECT_EQ(some.size(), 3U);  // the engine had room for all three
}

TEST_F(EngineVoterTest, AQuestionThatTheModelCannotAnswerIsRefusedAndTheNextIsAskedAllTheSame) {
  const std::filesystem::path folder = std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini";
  auto model = load_model(folder, test_load());
  const c10::NoGradGuard no_grad;
  model->decoder.norm.weight.fill_(std::numeric_limits<double>::quiet_NaN());
  Processor processor = load_processor(folder, model->config());
  Judge broken = mini_judge(std::make_unique<EngineVoter>(std::move(model), std::move(processor)));
  for (const bool think : {true, false}) {
    JudgeOptions o = options();
    o.think = think;
    try {
      broken.compare("", *candidates_, kAllPairs, o);
      FAIL() << "a model without numbers gave votes";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("cannot answer this question"));
      EXPECT_THAT(error.what(), ::testing::HasSubstr("NaN"));
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

}  // namespace
}  // namespace juror
