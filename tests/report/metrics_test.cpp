#include "report/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MetricsFile : public ::testing::Test {
 protected:
  Metrics read(const std::string& lines) const {
    return read_metrics(folder_.write("metrics.jsonl", lines));
  }
  std::string refusal(const std::string& lines) const {
    return refusal_of([&] { read(lines); }, ErrorKind::kUser);
  }
  const TempFolder folder_;
};

TEST_F(MetricsFile, BecomesColumnsByStep) {
  const Metrics metrics = read(
      "{\"step\":1,\"loss\":2.5,\"done\":true}\n\n{\"step\":3,\"loss\":null,\"b\":1,\"words\":"
      "\"x\"}\n");
  EXPECT_THAT(metrics.names, ElementsAre("loss", "done", "b"));
  const std::vector<Point>& loss = *metrics.find("loss");
  ASSERT_EQ(loss.size(), 2U);
  EXPECT_EQ(loss[0].x, 1);
  EXPECT_EQ(loss[0].y, 2.5);
  EXPECT_TRUE(std::isnan(loss[1].y));
  EXPECT_EQ(metrics.last("loss"), 2.5);
  EXPECT_TRUE(std::isnan(metrics.last("unheard of")));
  EXPECT_EQ(metrics.last_step, 3);
  EXPECT_FALSE(metrics.was_cut);
}

TEST_F(MetricsFile, KeepsAlarmsApart) {
  const Metrics metrics =
      read("{\"step\":1,\"loss\":1}\n{\"step\":2,\"alarm\":\"entropy fell\"}\n");
  ASSERT_EQ(metrics.alarms.size(), 1U);
  EXPECT_EQ(metrics.alarms[0].step, 2);
  EXPECT_EQ(metrics.alarms[0].words, "entropy fell");
  EXPECT_THAT(metrics.names, ElementsAre("loss"));
}

TEST_F(MetricsFile, AStepThatComesAgainReplacesWhatStoodBehindIt) {
  const Metrics metrics = read(
      "{\"step\":1,\"loss\":1}\n{\"step\":2,\"loss\":2}\n{\"step\":3,\"loss\":3}\n{\"step\":2,"
      "\"loss\":7}\n");
  const std::vector<Point>& loss = *metrics.find("loss");
  ASSERT_EQ(loss.size(), 2U);
  EXPECT_EQ(loss[1].x, 2);
  EXPECT_EQ(loss[1].y, 7);
}

TEST_F(MetricsFile, ACutLastLineIsLeftOutAndSaid) {
  const Metrics metrics = read("{\"step\":1,\"loss\":1}\n{\"step\":2,\"lo");
  EXPECT_TRUE(metrics.was_cut);
  EXPECT_EQ(metrics.last_step, 1);
  EXPECT_FALSE(read("{\"step\":1,\"loss\":1}").was_cut);  // whole, the line end alone is missing
}

TEST_F(MetricsFile, FaultsAreToldWithFileAndLine) {
  EXPECT_THAT(refusal("{\"step\":1}\n{\"step\":2,\"lo\n{\"step\":3}\n"),
              AllOf(HasSubstr("metrics.jsonl:2"), HasSubstr("no JSON object")));
  EXPECT_THAT(refusal("[1]\n"), HasSubstr("metrics.jsonl:1"));
  EXPECT_THAT(refusal("{\"step\":1}\n\n{\"loss\":2}\n"),
              AllOf(HasSubstr("metrics.jsonl:3"), HasSubstr("'step' is missing")));
  EXPECT_THAT(refusal("{\"step\":\"one\"}\n"),
              AllOf(HasSubstr("metrics.jsonl:1"), HasSubstr("\"one\""), HasSubstr("a number")));
  EXPECT_THAT(refusal(""), HasSubstr("no metrics yet"));
  EXPECT_THAT(refusal_of([&] { read_metrics(folder_.path() / "none.jsonl"); }, ErrorKind::kUser),
              HasSubstr("none.jsonl"));
}

}  // namespace
}  // namespace juror
