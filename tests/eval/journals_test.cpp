// What is made of journals: the paired comparison of two, and a calibration of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/calibrate.h"
#include "eval/compare_journals.h"
#include "eval/eval_fixtures.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using testing::pair_example;

/// `right` of the examples are right, the rest wrong; from number `first` on.
EvalJournal journal_of(int right, int examples, const std::string& protocol = "hpdv3",
                       int first = 0) {
  EvalJournal journal{.header = {{"protocol", protocol}, {"model", "m"}, {"model_hash", "h"}},
                      .examples = {}};
  for (int i = first; i < examples; ++i) {
    journal.examples.push_back(finished(
        pair_example(std::to_string(i), "prompt " + std::to_string(i), i < right ? 0.8 : 0.2)));
  }
  return journal;
}

TEST(CompareJournals, FindsARealDifference) {
  const JournalComparison comparison =
      compare_journals(journal_of(90, 100), journal_of(60, 100), 0, 0);
  ASSERT_EQ(comparison.differences.size(), 1U);
  EXPECT_NEAR(comparison.differences[0].difference, 0.3, 1e-12);
  EXPECT_TRUE(comparison.differences[0].is_real);
}

TEST(CompareJournals, FindsNoneWhereOneExampleDecides) {
  EXPECT_FALSE(
      compare_journals(journal_of(91, 100), journal_of(90, 100), 0, 0).differences[0].is_real);
}

TEST(CompareJournals, ComparesWhatBothHaveAndCountsTheRest) {
  const JournalComparison comparison =
      compare_journals(journal_of(90, 100, "hpdv3", 5), journal_of(60, 80), 0, 0);
  EXPECT_EQ(comparison.examples, 75U);
  EXPECT_EQ(comparison.only_first, 20U);
  EXPECT_EQ(comparison.only_second, 5U);
}

TEST(CompareJournals, ReadsEachSideByTheCalibrationOfItsHeader) {
  // 16 to 1 becomes 4 to 1: |0.8 − ½| < 0.35 is a tie, which people did not call
  EvalJournal plain = journal_of(4, 4, "pairs"), calibrated = plain;
  for (EvalJournal* journal : {&plain, &calibrated}) {
    for (FinishedExample& example : journal->examples) example.pairs[0].result.p = 16.0 / 17;
  }
  calibrated.header["calibration"] = {{"temperature", 2}, {"tie_band", 0.35}};
  const JournalComparison comparison = compare_journals(plain, calibrated, 0.1, 0);
  EXPECT_DOUBLE_EQ(comparison.differences[1].first, 1);
  EXPECT_DOUBLE_EQ(comparison.differences[1].second, 0);
  EXPECT_DOUBLE_EQ(comparison.first.tie_band, 0.1);
  EXPECT_DOUBLE_EQ(comparison.second.tie_band, 0.35);
  EXPECT_DOUBLE_EQ(comparison.second.temperature, 2);
  calibrated.header["calibration"] = {{"temperature", 0}, {"tie_band", 0}};
  EXPECT_THAT(refusal_of([&] { compare_journals(plain, calibrated, 0, 0); }, ErrorKind::kUser),
              HasSubstr("its 'temperature' must be 0.001 to 1000"));
}

TEST(CompareJournals, RefusesWhatCannotBeCompared) {
  const EvalJournal good = journal_of(5, 10);
  const auto refusal = [&](const EvalJournal& other) {
    return refusal_of([&] { compare_journals(good, other, 0, 0); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal(journal_of(5, 10, "pairs")), HasSubstr("'hpdv3' and the second 'pairs'"));
  EXPECT_THAT(refusal({.header = good.header, .examples = {}}), HasSubstr("no example in common"));
  EvalJournal other = good;
  other.examples[3].ranks = {2, 1};
  EXPECT_THAT(refusal(other), HasSubstr("'3' has another prompt, images or ranks"));
  other = good;
  other.examples[4].pairs.clear();
  EXPECT_THAT(refusal(other), HasSubstr("'4' was judged on other pairs"));
}

TEST(FitCalibration, CoolsAnOverconfidentJudge) {
  EvalJournal journal = journal_of(4, 5);  // 4 of 5 come true
  for (FinishedExample& example : journal.examples) {
    double& p = example.pairs[0].result.p;
    p = p > 0.5 ? 16.0 / 17 : 1.0 / 17;  // 16 to 1 are said
  }
  const CalibrationFile file = fit_calibration(journal, find_protocol("hpdv3"));
  EXPECT_NEAR(file.calibration.temperature, 2, 1e-9);
  EXPECT_EQ(file.calibration.tie_band, 0);
  EXPECT_EQ(file.pairs, 5);
  EXPECT_EQ(file.prompts, 5);
  EXPECT_EQ(file.model_hash, "h");
  EXPECT_LT(file.brier_after, file.brier_before);
}

TEST(FitCalibration, FindsTheTieBandForTheProtocol) {
  EvalJournal journal = journal_of(1, 1);
  for (int i = 1; i < 4; ++i) {
    journal.examples.push_back(finished(
        pair_example(std::to_string(i), std::to_string(i), 0.6)));  // small leads: people tie
    journal.examples.back().ranks = {1, 1};
    journal.examples.back().pairs[0].share = 0.5;
  }
  const CalibrationFile file = fit_calibration(journal, find_protocol("pickapic"));
  const double small = tempered(0.6, file.calibration.temperature) - 0.5,
               large = tempered(0.8, file.calibration.temperature) - 0.5;
  EXPECT_NEAR(file.calibration.tie_band, (small + large) / 2, 1e-12);
}

TEST(FitCalibration, RefusesAJournalInWhichNothingWasRead) {
  EvalJournal journal = journal_of(1, 1);
  journal.examples[0].pairs[0].result.p = kUnknown;
  EXPECT_THAT(
      refusal_of([&] { fit_calibration(journal, find_protocol("pairs")); }, ErrorKind::kUser),
      HasSubstr("nothing can be fitted"));
}

}  // namespace
}  // namespace juror
