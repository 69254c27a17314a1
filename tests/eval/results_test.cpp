// The table and the summary of an evaluation, worked out by hand.
#include "eval/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "eval/eval_fixtures.h"
#include "eval/published.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using testing::pair_example;

DatasetRow row_with_votes(const std::string& id, std::vector<Ranks> votes,
                          std::vector<std::string> generators = {}) {
  DatasetRow row = testing::row(id, "prompt of " + id, {"a", "b"}, {1, 2});
  row.example.votes = std::move(votes);
  row.generators = std::move(generators);
  return row;
}

std::vector<std::string> names(const std::vector<ResultRow>& rows) {
  std::vector<std::string> list;
  for (const ResultRow& row : rows) list.push_back(row.name);
  return list;
}

void add(EvalResults& results, const DatasetRow& row, double p) {
  LoadedRow loaded{.row = row};
  LazyImages images(loaded);
  EvalExample example = pair_example(row.example.id, row.example.prompt, p);
  example.generators = row.generators;
  results.add(row, example, images);
}

TEST(EvalResults, HaveARowForTheModelScorersPeopleAndBaselines) {
  EvalResults results(find_protocol("pairs"), {.model = "m", .baselines = true});
  results.add_scorer("mine", [](const DatasetRow&, LazyImages&) {
    return std::vector<double>{0, 1};
  });
  add(results, row_with_votes("x", {{1, 2}, {1, 2}, {2, 1}}, {"g", "h"}), 0.9);
  add(results, row_with_votes("y", {{1, 2}, {1, 2}, {1, 2}}, {"g", "h"}), 0.2);
  const auto rows = results.rows();
  EXPECT_THAT(names(rows), ElementsAre("m", "mine", "one person against the mean of all",
                                       "one person against another", "the generator alone",
                                       "always the earlier image"));
  EXPECT_DOUBLE_EQ(rows[0].metrics[0].accuracy, 0.5);
  EXPECT_DOUBLE_EQ(rows[1].metrics[0].accuracy, 0);
  EXPECT_DOUBLE_EQ(rows[2].metrics[0].accuracy, (2.0 / 3 + 1) / 2);
  EXPECT_DOUBLE_EQ(rows[3].metrics[0].accuracy, (1.0 / 3 + 1) / 2);
  EXPECT_DOUBLE_EQ(rows[4].metrics[0].accuracy, 1);
  EXPECT_DOUBLE_EQ(rows[5].metrics[0].accuracy, 1);
}

TEST(EvalResults, LeaveOutWhatTheDataDoesNotKnow) {
  EvalResults results(find_protocol("hpdv3"), {.model = "m", .baselines = true});
  add(results, row_with_votes("x", {}), 0.9);
  EXPECT_THAT(names(results.rows()), ElementsAre("m", "always the earlier image"));
}

TEST(EvalResults, CountAnImageWithoutAScoreAsWrong) {
  EvalResults results(find_protocol("pairs"), {.model = "m"});
  results.add_scorer("mine", [](const DatasetRow&, LazyImages&) {
    return std::vector<double>{1, kUnknown};
  });
  add(results, row_with_votes("x", {}), 0.9);
  EXPECT_DOUBLE_EQ(results.rows()[1].metrics[0].accuracy, 0);
  EXPECT_DOUBLE_EQ(results.rows()[1].metrics[0].n, 1);
}

TEST(EvalResults, ReadTiesAfterTheTemperature) {
  // 16 to 1 becomes 4 to 1: |0.8 − ½| < 0.35 is a tie, which people did not call
  EvalResults plain(find_protocol("pairs"),
                    {.model = "m", .calibration = {.temperature = 1, .tie_band = 0.35}});
  EvalResults tempered(find_protocol("pairs"),
                       {.model = "m", .calibration = {.temperature = 2, .tie_band = 0.35}});
  for (EvalResults* results : {&plain, &tempered})
    add(*results, row_with_votes("x", {}), 16.0 / 17);
  EXPECT_DOUBLE_EQ(plain.rows()[0].metrics[1].accuracy, 1);
  EXPECT_DOUBLE_EQ(tempered.rows()[0].metrics[1].accuracy, 0);
}

TEST(NumberPrompt, GivesEqualTextsOneNumberAndExamplesWithoutAPromptTheirOwn) {
  PromptNumbers prompts;
  EXPECT_EQ(number_prompt(prompt_key(pair_example("a", "cat", 0.5)), prompts), 0U);
  EXPECT_EQ(number_prompt(prompt_key(pair_example("b", "dog", 0.5)), prompts), 1U);
  EXPECT_EQ(number_prompt(prompt_key(pair_example("c", "cat", 0.5)), prompts), 0U);
  EXPECT_EQ(number_prompt(prompt_key(pair_example("d", "", 0.5)), prompts), 2U);
  EXPECT_EQ(number_prompt(prompt_key(pair_example("e", "", 0.5)), prompts), 3U);
}

TEST(Summary, SaysWhatWasMeasuredHowAndOnWhat) {
  EvalResults results(find_protocol("hpdv3"), {.model = "m"});
  add(results, row_with_votes("x", {}), 0.9);
  const Evaluation evaluation{.examples = 1, .failures = {{"bad", "'b.png' is cut short."}}};
  const auto json = summary_json(
      results, evaluation, {.header = {{"data", "D"}, {"model", "m"}}, .calibration = nullptr});
  EXPECT_EQ(json["protocol"], "hpdv3");
  EXPECT_EQ(json["official"], false);
  EXPECT_EQ(json["unofficial"], (nlohmann::json{"1 examples could not be judged"}));
  EXPECT_EQ(json["data"]["path"], "D");
  EXPECT_EQ(json["data"]["pairs"], 1);
  EXPECT_EQ(json["data"]["failed"], 1);
  EXPECT_EQ(json["rows"][0]["kind"], "model");
  EXPECT_EQ(json["rows"][0]["accuracy"], 1.0);
  EXPECT_EQ(json["failures"][0]["example"], "bad");
  EXPECT_FALSE(json["published"].empty());
  EXPECT_EQ(json["published"][0]["set"], "HPDv3 test");
}

TEST(Summary, IsOfficialOnlyWhereNothingWasLeftOut) {
  EvalResults results(find_protocol("hpdv3"), {.model = "m"});
  add(results, row_with_votes("x", {}), 0.9);
  SummaryContext context{.header = {{"data", "D"}}, .calibration = nullptr};
  const auto whole = summary_json(results, {.examples = 1}, context);
  EXPECT_EQ(whole["official"], true);
  EXPECT_EQ(whole["unofficial"], nlohmann::json::array());
  context.unofficial = {"--limit 1 rows"};
  const auto part = summary_json(results, {.examples = 1, .is_partial = true}, context);
  EXPECT_EQ(part["partial"], true);
  EXPECT_EQ(part["official"], false);
  EXPECT_EQ(part["unofficial"],
            (nlohmann::json{"--limit 1 rows", "the work was stopped before its end"}));
}

TEST(PublishedNumbers, StandBesideTheirOwnTestSetOnly) {
  EXPECT_TRUE(published_numbers("pairs").empty());
  for (const auto& row : published_numbers("imagereward")) EXPECT_EQ(row.set, "ImageReward test");
}

}  // namespace
}  // namespace juror
