// A handful of pairs by a judge that looks at brightness alone: the counts agree with each other
// and with a count by hand.
#include "eval/synth_eval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/pictures.h"
#include "judge/scripted_voter.h"

namespace juror {
namespace {

class SynthEval : public ::testing::Test {
 protected:
  SynthEval() {
    options_.pairs = 6;
    options_.seed = 3;
    options_.judge.think = false;
  }

  const PhotoSet photos_{{testing::make_scene(256, 192, 0), testing::make_scene(256, 192, 1),
                          testing::make_scene(192, 256, 2)},
                         {"a", "b", "c"}};
  SynthEvalOptions options_;
  Status status_ = Status::kOk;
  Judge judge_{std::make_unique<testing::ScriptedVoter>([this](const Question& question) {
                 const double lead = testing::mean(question.pictures[0]->image) -
                                     testing::mean(question.pictures[1]->image);
                 Votes votes{.verdicts = {}};
                 for (std::int64_t i = 0; i < question.votes; ++i)
                   votes.verdicts.push_back({.thinking = question.immediate ? "" : "Image 1: cl",
                                             .p = 1 / (1 + std::exp(-lead / 10)),
                                             .status = status_});
                 return votes;
               }),
               brightness_template()};

  static PromptTemplate brightness_template() {
    PromptTemplate made;
    made.user = made.user_without_prompt = "{image_1}{image_2}";
    return made;
  }
};

TEST_F(SynthEval, CountsPairsAndRightVerdictsAsByHand) {
  const auto parts = evaluate_on_synth(judge_, photos_, options_, {});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "same photo");
  EXPECT_EQ(parts[1].name, "different photos");
  for (std::size_t part = 0; part < 2; ++part) {
    SynthOptions synth = options_.synth;
    synth.same_photo = part == 0 ? 1.0 : 0.0;
    std::int64_t right = 0, decided = 0, clear = 0;
    for (std::uint64_t i = 0; i < 6; ++i) {
      const SynthPair pair = make_synth_pair(photos_, synth, 3, i);
      EXPECT_EQ(pair.same_photo, part == 0);
      const std::vector<CandidateImage> both = {judge_.prepare(pair.first),
                                                judge_.prepare(pair.second)};
      const double p = judge_.compare("", both, {{0, 1}}, options_.judge).front().result.p,
                   gap = pair.q1 - pair.q2;
      decided += gap != 0;
      clear += std::abs(gap) > 2.2;
      right += gap != 0 && (p > 0.5) == (gap > 0);
    }
    const PhotoShare& all = parts[part].all;
    EXPECT_EQ(all->n, decided);
    EXPECT_EQ(parts[part].clear ? parts[part].clear->n : 0, clear);
    EXPECT_DOUBLE_EQ(all->value, static_cast<double>(right) / static_cast<double>(decided));
    EXPECT_LE(all->interval.low, all->value);
    EXPECT_GE(all->interval.high, all->value);
    EXPECT_EQ(parts[part].unread->value, 0.0);
    EXPECT_FALSE(parts[part].f1);  // nothing was thought
  }
}

TEST_F(SynthEval, CountsWhatThoughtsClaimAndForcedVotesAsUnread) {
  options_.pairs = 2;
  options_.judge.think = true;
  options_.judge.votes = 1;
  status_ = Status::kForced;  // every thought is cut
  const SynthEvalPart part = evaluate_on_synth(judge_, photos_, options_, {}).front();
  EXPECT_EQ(part.unread->value, 1.0);
  EXPECT_EQ(part.unread->n, 4);
}

TEST_F(SynthEval, StopsWhenAsked) {
  const auto parts =
      evaluate_on_synth(judge_, photos_, options_,
                        [](std::string_view, std::int64_t, std::int64_t) { return false; });
  EXPECT_FALSE(parts[0].all);
}

}  // namespace
}  // namespace juror
