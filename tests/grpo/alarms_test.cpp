// Alarms on metrics made up by hand.
#include "grpo/alarms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A step that looks well, but for what `changes` says.
Json step(const Json& changes = Json::object()) {
  Json metrics = {{"reward", 0.5},
                  {"completions/mean_length", 40.0},
                  {"entropy", 1.0},
                  {"verdicts/answer_first", 0.5},
                  {"verdicts/ok", 1.0},
                  {"frac_reward_zero_std", 0.0},
                  {"sampling/logp_difference_max", 1e-6}};
  metrics.update(changes);
  return metrics;
}

TEST(Alarms, SayOnceWhatLooksWrong) {
  Alarms alarms;
  EXPECT_THAT(alarms.check(step()), IsEmpty());
  const Json longer = step({{"completions/mean_length", 81.0}});
  EXPECT_THAT(alarms.check(longer), ElementsAre(HasSubstr("81 tokens")));
  EXPECT_THAT(alarms.check(longer), IsEmpty());
  EXPECT_THAT(alarms.check(step({{"entropy", 0.09}})), ElementsAre(HasSubstr("entropy fell")));
  EXPECT_THAT(alarms.check(step({{"verdicts/answer_first", 0.96}})),
              ElementsAre(HasSubstr("96 %")));
}

TEST(Alarms, ComeAfterFiveStepsWithoutSpread) {
  Alarms alarms;
  const Json flat = step({{"frac_reward_zero_std", 1.0}});
  for (int i = 0; i < 4; ++i) EXPECT_THAT(alarms.check(flat), IsEmpty());
  EXPECT_THAT(alarms.check(flat), ElementsAre(HasSubstr("nothing is learnt")));
}

TEST(Alarms, ComeWhenSamplingAndTrainingDriftApart) {
  const auto differ = [](double nats) { return step({{"sampling/logp_difference_max", nats}}); };
  Alarms exact;
  EXPECT_THAT(exact.check(differ(1e-6)), IsEmpty());
  EXPECT_THAT(exact.check(differ(9e-4)), IsEmpty());  // rounding, of whatever model
  EXPECT_THAT(exact.check(differ(2e-3)), ElementsAre(HasSubstr("2.0e-03 nats, after 1.0e-06")));
  Alarms rounded;  // in mixed precision they differ from the start
  EXPECT_THAT(rounded.check(differ(0.02)), IsEmpty());
  EXPECT_THAT(rounded.check(differ(0.19)), IsEmpty());
  EXPECT_THAT(rounded.check(differ(0.21)), ElementsAre(HasSubstr("2.1e-01 nats")));
}

TEST(Alarms, AreSaidOnceOverAResumeToo) {
  Alarms before, after;
  before.check(step());
  before.check(step({{"entropy", 0.05}}));
  after.load_state(before.state());
  EXPECT_THAT(after.check(step({{"entropy", 0.05}})), IsEmpty());
  EXPECT_THAT(after.check(step({{"sampling/logp_difference_max", 0.5}})),
              ElementsAre(HasSubstr("after 1.0e-06")));
}

}  // namespace
}  // namespace juror
