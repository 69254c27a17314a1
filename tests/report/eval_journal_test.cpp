#include "report/eval_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "records/comparison.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string comparison(const std::string& id, double p, double share, double p_ij, double p_ji,
                       const std::string& prompt = "") {
  EvalExample example{.id = "e",
                      .prompt = prompt,
                      .images = {"a", "b", "c"},
                      .sizes = {{1, 1}, {1, 1}, {1, 1}},
                      .ranks = {1, 2.5, 3}};
  const auto vote = [](bool swapped, double value) {
    return Vote{.swapped = swapped, .verdict = {.p = value, .status = Status::kOk}};
  };
  example.pairs.push_back({.first = 1, .second = 2, .share = share});
  example.pairs[0].result = {.status = PairStatus::kOk, .p = p, .p_ij = p_ij, .p_ji = p_ji};
  example.pairs[0].votes = {vote(false, p_ij), vote(true, 1 - p_ji), vote(false, kUnknown)};
  nlohmann::ordered_json json = record_json(example, 0, {.model = "m", .seed = 0});
  json["id"] = id;
  return json.dump() + "\n";
}

const std::string kHeader = "{\"schema\":1,\"eval\":{\"model\":\"m\"}}\n";

TEST(Journal, KeepsTheMostConfidentMistakesOnly) {
  const TempFolder folder;
  const auto file = folder.write(
      "journal.jsonl",
      kHeader + comparison("right", 0.9, 1, 0.9, 0.9) + comparison("slightly", 0.45, 1, 0.4, 0.5) +
          comparison("surely", 0.05, 0.8, 0.1, 0) + comparison("tie", 0.99, 0.5, 1, 0.98) +
          comparison("other way", 0.8, 0.2, 0.8, 0.8) +
          "{\"schema\":1,\"example\":\"x\",\"error\":\"gone\"}\n");
  const Journal journal = digest_journal(file, {.most_mistakes = 2});
  ASSERT_EQ(journal.mistakes.size(), 2U);
  EXPECT_EQ(journal.mistakes[0].id, "surely");
  EXPECT_EQ(journal.mistakes[1].id, "other way");
  EXPECT_THAT(journal.mistakes[0].images,
              ElementsAre(PictureId{"b", "e", 1}, PictureId{"c", "e", 2}));
  EXPECT_THAT(journal.mistakes[0].ranks, ElementsAre(2.5, 3));
  EXPECT_NEAR(journal.mistakes[0].mistake(), 0.45, 1e-12);
}

TEST(Journal, ShowsMistakesOfManyPromptsBeforeTheSecondOfOne) {
  const TempFolder folder;
  const auto file =
      folder.write("journal.jsonl", kHeader + comparison("cat 1", 0.01, 1, 0, 0, "cat") +
                                        comparison("cat 2", 0.02, 1, 0, 0, "cat") +
                                        comparison("cat 3", 0.03, 1, 0, 0, "cat") +
                                        comparison("dog", 0.4, 1, 0.4, 0.4, "dog"));
  const Journal journal = digest_journal(file, {.most_mistakes = 3});
  ASSERT_EQ(journal.mistakes.size(), 3U);
  EXPECT_EQ(journal.mistakes[0].id, "cat 1");
  EXPECT_EQ(journal.mistakes[1].id, "cat 2");
  EXPECT_EQ(journal.mistakes[2].id, "dog");
}

TEST(Journal, MeasuresHowMuchTheOrderDecides) {
  const TempFolder folder;
  const auto file = folder.write(
      "journal.jsonl", comparison("a", 0.6, 1, 0.8, 0.4) + comparison("b", 0.9, 1, 0.9, 0.9));
  const Journal journal = digest_journal(file);
  EXPECT_EQ(journal.orders.size(), 2U);
  EXPECT_EQ(journal.orders_disagree, 0.5);
  EXPECT_EQ(journal.votes, 6);
  EXPECT_NEAR(journal.first_shown, (0.8 + 0.6 + 0.9 + 0.1) / 4,
              1e-12);  // votes of "ji" saw the second one first
}

TEST(Journal, DrawsNoMoreThanAFewPairs) {
  const TempFolder folder;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += comparison("a", 0.6, 1, i / 100.0, 0.5);
  const Journal journal = digest_journal(folder.write("journal.jsonl", lines), {.most_orders = 4});
  ASSERT_EQ(journal.orders.size(), 4U);
  EXPECT_EQ(journal.orders[3].p_ij, 0.75);
}

TEST(Journal, FaultsAreToldWithFileAndLine) {
  const TempFolder folder;
  const auto refusal = [&](const std::string& line) {
    return refusal_of([&] { digest_journal(folder.write("journal.jsonl", kHeader + line)); },
                      ErrorKind::kUser);
  };
  EXPECT_THAT(refusal("{\"pair\":[0,1],\n{}\n"), HasSubstr("journal.jsonl:2"));
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = comparison("a", 0.5, 1, 0.5, 0.5);
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(refusal(changed("\"pair\":[1,2]", "\"pair\":[1,3]")),
              AllOf(HasSubstr("journal.jsonl:2"), HasSubstr("3 images")));
  EXPECT_THAT(refusal(changed("\"pair\":[1,2]", "\"pair\":[1,-1]")),
              AllOf(HasSubstr("journal.jsonl:2"), HasSubstr("'pair'")));
  EXPECT_THAT(refusal(changed("\"p\":0.5", "\"p\":\"high\"")),
              AllOf(HasSubstr("journal.jsonl:2"), HasSubstr("'p'")));
}

TEST(Journal, ACutLastLineIsLeftOutAndSaid) {
  const TempFolder folder;
  EXPECT_TRUE(digest_journal(folder.write("journal.jsonl", kHeader + "{\"pair\":[0")).was_cut);
}

}  // namespace
}  // namespace juror
