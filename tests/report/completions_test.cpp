#include "report/completions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/thought_cards.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string completion(int step, const std::string& id, double advantage) {
  return fmt::format(
      "{{\"step\":{},\"id\":\"{}\",\"advantage\":{},\"thinking\":\"t\",\"p\":null}}\n", step, id,
      advantage);
}

TEST(Spread, TakesBothEndsAndEvenStepsBetween) {
  EXPECT_THAT(spread({1, 2, 3, 4, 5, 6, 7, 8, 9}, 3), ElementsAre(1, 5, 9));
  EXPECT_THAT(spread({1, 2}, 3), ElementsAre(1, 2));
  EXPECT_THAT(spread({1, 2, 3}, 1), ElementsAre(3));
}

TEST(ChooseCompletions, KeepsTheBestAndTheWorstOfAGroup) {
  const TempFolder folder;
  std::string lines;
  for (const double advantage : {0.1, -2.0, 0.5, 3.0, -0.4}) lines += completion(7, "a", advantage);
  const ChosenCompletions chosen = choose_completions(folder.write("completions.jsonl", lines),
                                                      {.steps = 5, .groups = 2, .completions = 3});
  ASSERT_EQ(chosen.groups.size(), 1U);
  EXPECT_EQ(chosen.groups[0].left_out, 2U);
  std::vector<double> advantages;
  for (const LoggedCompletion& one : chosen.groups[0].completions)
    advantages.push_back(one.advantage);
  EXPECT_THAT(advantages, ElementsAre(3.0, 0.5, -2.0));
}

TEST(ThoughtCards, SayWhichCompletionWasTheBestAndWhichTheWorst) {
  const TempFolder folder;
  const auto line = [](const char* rank, double reward, double advantage) {
    return fmt::format(
        "{{\"step\":1,\"id\":\"a\",\"rank\":\"{}\",\"group_size\":8,\"reward\":{},\"advantage\":{},"
        "\"thinking\":\"t\",\"p\":null}}\n",
        rank, reward, advantage);
  };
  const ChosenCompletions chosen = choose_completions(
      folder.write("completions.jsonl", line("worst", 0.125, -1) + line("best", 1.5, 1)));
  Pictures pictures({});
  const std::string html = group_card(chosen.groups.at(0), pictures).html();
  const std::size_t best = html.find("best <b>of 8</b>"), worst = html.find("worst <b>of 8</b>");
  ASSERT_NE(best, std::string::npos) << html;
  ASSERT_NE(worst, std::string::npos) << html;
  EXPECT_LT(best, worst);
  EXPECT_THAT(html, AllOf(HasSubstr("reward <b>1.5</b>"), HasSubstr("reward <b>0.125</b>")));
}

TEST(ChooseCompletions, TakesAFewGroupsOfEachChosenStep) {
  const TempFolder folder;
  std::string lines;
  for (const int step : {10, 20, 30}) {
    for (const char* id : {"a", "b", "c"}) lines += completion(step, id, 0);
  }
  const ChosenCompletions chosen =
      choose_completions(folder.write("completions.jsonl", lines + "{\"st"),
                         {.steps = 2, .groups = 2, .completions = 4});
  EXPECT_TRUE(chosen.was_cut);
  std::vector<std::string> places;
  for (const LoggedGroup& group : chosen.groups)
    places.push_back(fmt::format("{}{}", group.completions[0].step, group.completions[0].id));
  EXPECT_THAT(places, ElementsAre("10a", "10b", "30a", "30b"));
}

TEST(ChooseCompletions, ReadsEveryKeyOfTheFormat) {
  const TempFolder folder;
  const auto file = folder.write(
      "completions.jsonl",
      R"({"step":1,"id":3,"prompt":"P","images":["a.jpg","b.jpg"],"swapped":true,"vote_share":0.8,"thinking":"T","answer":"1",)"
      R"("p":0.7,"status":"ok","rewards":{"soft":0.9,"format":1},"advantage":-0.5})"
      "\n");
  const LoggedCompletion one = choose_completions(file).groups.at(0).completions.at(0);
  EXPECT_EQ(one.id, "3");
  EXPECT_EQ(one.prompt, "P");
  EXPECT_THAT(one.images, ElementsAre("a.jpg", "b.jpg"));
  EXPECT_TRUE(one.swapped);
  EXPECT_EQ(one.vote_share, 0.8);
  EXPECT_EQ(one.thinking + one.answer + one.status, "T1ok");
  EXPECT_EQ(one.p, 0.7);
  ASSERT_EQ(one.rewards.size(), 2U);
  EXPECT_EQ(one.rewards[1].first, "format");
  EXPECT_EQ(one.rewards[0].second, 0.9);
  EXPECT_EQ(one.advantage, -0.5);
}

TEST(ChooseCompletions, FaultsAreToldWithFileAndLine) {
  const TempFolder folder;
  const auto refusal = [&](const std::string& lines) {
    return refusal_of([&] { choose_completions(folder.write("completions.jsonl", lines)); },
                      ErrorKind::kUser);
  };
  EXPECT_THAT(refusal("{\"step\":1,\"id\":\"a\"}\nnonsense\n"), HasSubstr("completions.jsonl:2"));
  EXPECT_THAT(refusal("{\"id\":\"a\"}\n"),
              AllOf(HasSubstr("completions.jsonl:1"), HasSubstr("'step'")));
  EXPECT_THAT(refusal("{\"step\":1,\"images\":\"a.jpg\"}\n"),
              AllOf(HasSubstr("completions.jsonl:1"), HasSubstr("'images'")));
  EXPECT_THAT(refusal("{\"step\":1,\"rewards\":{\"soft\":\"high\"}}\n"),
              AllOf(HasSubstr("completions.jsonl:1"), HasSubstr("'soft'")));
}

}  // namespace
}  // namespace juror
