// The report on rows whose counts are known by hand.
#include "data/inspect.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

class Rows : public DatasetReader {
 public:
  explicit Rows(std::vector<DatasetRow> rows) : rows_(std::move(rows)) {}
  std::optional<DatasetRow> next() override {
    if (at_ == rows_.size()) return std::nullopt;
    return rows_[at_++];
  }

 private:
  std::vector<DatasetRow> rows_;
  std::size_t at_ = 0;
};

DatasetRow row_of(const std::string& prompt, std::vector<std::string> images, Ranks ranking) {
  DatasetRow row;
  row.example.prompt = prompt;
  row.example.images = std::move(images);
  row.example.ranking = std::move(ranking);
  row.images.resize(row.example.images.size());
  return row;
}

DatasetReport report_of(std::vector<DatasetRow> rows, bool read_images = false) {
  Rows reader(std::move(rows));
  return inspect_dataset(reader, read_images, {});
}

TEST(InspectDataset, CountsPairsTiesAndRowsWithoutLabel) {
  const auto report = report_of({row_of("p", {"a", "b", "c"}, {1, 2, 2}),
                                 row_of("p", {"d", "e"}, {}), row_of("q", {"d", "e"}, {2, 1})});
  EXPECT_EQ(report.examples, 3);
  EXPECT_EQ(report.prompts, 2);
  EXPECT_EQ(report.images, 7);
  EXPECT_EQ(report.pairs, 4);  // 3 of the first row and 1 of the last
  EXPECT_EQ(report.ties, 1);
  EXPECT_EQ(report.unlabelled, 1);
  ASSERT_TRUE(report.first_preferred);
  EXPECT_EQ(report.first_preferred->n, 3);
  EXPECT_DOUBLE_EQ(report.first_preferred->value, 2.0 / 3);
  EXPECT_FALSE(report.generator);
  EXPECT_FALSE(report.rater_rater);
}

TEST(InspectDataset, CountsRowsWithoutAPromptApartFromPrompts) {
  auto blank = row_of(" ", {"a", "b"}, {1, 2}), empty = row_of("", {"a", "c"}, {1, 2});
  blank.example.id = "1";
  empty.example.id = "2";
  const auto report = report_of({blank, empty, row_of("p", {"a", "d"}, {1, 2})});
  EXPECT_EQ(report.prompts, 1);
  EXPECT_EQ(report.without_prompt, 2);
}

TEST(InspectDataset, TellsRepeatedPairsFromContradictions) {
  const auto report = report_of({row_of("p", {"a", "b"}, {1, 2}),
                                 row_of("p", {"b", "a"}, {2, 1}),  // the same, the other way round
                                 row_of("p", {"a", "b"}, {2, 1}),  // contradicts the first
                                 row_of("p", {"a", "b"}, {1, 1}),  // a tie contradicts nothing
                                 row_of("q", {"a", "b"}, {2, 1})});  // another prompt
  EXPECT_EQ(report.repeated, 1);
  EXPECT_EQ(report.contradictory, 1);
}

TEST(InspectDataset, ReadsSizesAndCountsImagesThatCannotBeRead) {
  auto rows = testing::rows_of(testing::fixture("hpdv3"));
  rows[1].images[0].read = []() -> std::vector<std::uint8_t> {
    throw Error("the image 'x' is missing.");
  };
  const auto report = report_of(rows, true);
  EXPECT_EQ(report.unreadable, 1);
  EXPECT_THAT(report.first_unreadable.at(0), HasSubstr("'x' is missing"));
  EXPECT_EQ(report.sizes,
            (std::map<std::pair<int, int>, std::int64_t>{{{10, 7}, 1}, {{11, 7}, 2}}));
}

TEST(InspectDataset, PoolsTheAgreementOfPeopleOverPairs) {
  auto three = row_of("p", {"a", "b", "c"}, {1, 2, 3}), two = row_of("q", {"a", "b"}, {1, 2});
  three.example.votes = {{1, 2, 3}, {1, 2, 3}};
  two.example.votes = {{1, 2}, {2, 1}};
  const auto report = report_of({three, two});
  ASSERT_TRUE(report.rater_rater && report.rater_mean);
  EXPECT_EQ(report.rater_rater->n, 4);
  EXPECT_DOUBLE_EQ(report.rater_rater->value,
                   3.0 / 4);  // all three pairs of the first row, not the one of the second
  EXPECT_DOUBLE_EQ(report.rater_mean->value, 1);  // the mean of the second ties
}

/// The interval when the values of a prompt, all alike, stand for one draw.
Interval interval_of(const std::vector<double>& by_prompt) {
  std::vector<ClusteredValue> values;
  for (const double value : by_prompt) values.push_back({.value = value, .cluster = values.size()});
  return clustered_bootstrap(values);
}

void expect_same_width(const Interval& a, const Interval& b) {
  EXPECT_NEAR(a.high - a.low, b.high - b.low, 0.02);  // prompts are drawn in another order
}

TEST(InspectDataset, DrawsPromptsAndNotPairsOrRowsForItsIntervals) {
  std::vector<DatasetRow> rows;
  std::vector<double> first, raters;
  for (int prompt = 0; prompt < 40; ++prompt) {
    const bool is_first = prompt % 4 != 0;
    first.push_back(is_first);
    raters.push_back(prompt % 2);
    for (int i = 0; i < 25; ++i) {  // 25 rows of a prompt, all alike
      rows.push_back(row_of("prompt " + std::to_string(prompt), {std::to_string(i), "b"}, {}));
      const Ranks one = is_first ? Ranks{1, 2} : Ranks{2, 1},
                  other = is_first ? Ranks{2, 1} : Ranks{1, 2};
      rows.back().example.votes = {one, one, prompt % 2 == 1 ? one : other};
      rows.back().generators = {"good", "poor"};
    }
  }
  const auto report = report_of(std::move(rows));
  expect_same_width(report.first_preferred->interval, interval_of(first));
  expect_same_width(report.generator->interval, interval_of(first));
  for (double& agreement : raters) agreement = agreement == 1 ? 1 : 1.0 / 3;
  expect_same_width(report.rater_rater->interval, interval_of(raters));
}

TEST(InspectDataset, DrawsRowsWithoutAPromptOneByOneForIntervals) {
  const auto interval_of_two = [](const std::string& first, const std::string& second) {
    auto a = row_of(first, {"a", "b"}, {1, 2}), b = row_of(second, {"c", "d"}, {2, 1});
    a.example.id = "x";
    b.example.id = "y";
    return report_of({a, b}).first_preferred->interval;
  };
  const auto none = interval_of_two("", ""), two = interval_of_two("p", "q"),
             one = interval_of_two("p", "p");
  EXPECT_EQ(none.low, two.low);
  EXPECT_EQ(none.high, two.high);
  EXPECT_NE(none.low, one.low);
}

TEST(InspectDataset, MeasuresWhatTheGeneratorsGiveAway) {
  std::vector<DatasetRow> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(row_of("prompt " + std::to_string(i), {"a" + std::to_string(i), "b"},
                          i % 10 == 0 ? Ranks{2, 1} : Ranks{1, 2}));
    rows.back().generators = {"good", "poor"};
  }
  const auto report = report_of(rows);
  ASSERT_TRUE(report.generator);
  EXPECT_EQ(report.generator->n, 40);
  EXPECT_DOUBLE_EQ(report.generator->value, 0.9);  // "good" wins 36 of 40, in both halves most
}

}  // namespace
}  // namespace juror
