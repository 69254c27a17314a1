// Which checkpoint counts as the best, and that it stays.
#include "train/best_checkpoint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "temp_folder.h"
#include "train/run_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

TEST(BestCheckpoint, IsTheFirstOfTheGreatestMetrics) {
  BestCheckpoint best;
  best.offer(1, std::nan(""), true);
  EXPECT_FALSE(best.metric.has_value());
  for (const auto& [step, value] : {std::pair{2, 0.5}, {4, 0.7}, {6, 0.7}, {8, 0.6}})
    best.offer(step, value, true);
  EXPECT_EQ(best.step, 4);
  EXPECT_EQ(best.metric, 0.7);
}

TEST(BestCheckpoint, IsTheFirstOfTheLeastWhereLessIsBetter) {
  BestCheckpoint best;
  for (const auto& [step, value] : {std::pair{2, 0.5}, {4, 0.3}, {6, 0.3}, {8, 0.4}})
    best.offer(step, value, false);
  EXPECT_EQ(best.step, 4);
}

TEST(BestCheckpoint, IsWrittenUnderTransformersNamesAndReadBack) {
  nlohmann::ordered_json state;
  BestCheckpoint{}.add_to(state);
  EXPECT_TRUE(state["best_metric"].is_null() && state["best_model_checkpoint"].is_null());
  EXPECT_FALSE(BestCheckpoint::from(state).metric.has_value());
  EXPECT_FALSE(BestCheckpoint::from({{"global_step", 3}}).metric.has_value());
  BestCheckpoint{.metric = 0.625, .step = 40}.add_to(state);
  EXPECT_EQ(state["best_metric"], 0.625);
  EXPECT_EQ(state["best_global_step"], 40);
  EXPECT_EQ(state["best_model_checkpoint"], "checkpoint-40");
  EXPECT_EQ(BestCheckpoint::from(state).metric, 0.625);
  EXPECT_EQ(BestCheckpoint::from(state).step, 40);
}

class PruneCheckpoints : public ::testing::Test {
 protected:
  /// The steps that are left of 1 … 5.
  std::vector<int> left(std::int64_t keep, std::optional<std::int64_t> best) const {
    const RunFolder run(folder_.path());
    for (const int step : {1, 2, 3, 4, 5}) {
      fs::create_directories(run.checkpoint(step));
      write_file_atomic(run.checkpoint(step) / "trainer_state.json", "{}");
    }
    run.prune_checkpoints(keep, best);
    std::vector<int> steps;
    for (const int step : {1, 2, 3, 4, 5})
      if (fs::exists(run.checkpoint(step))) steps.push_back(step);
    return steps;
  }
  const TempFolder folder_;
};

TEST_F(PruneCheckpoints, LeavesTheNewestAndTheBestWithinTheLimit) {
  EXPECT_EQ(left(2, {}), (std::vector{4, 5}));
  EXPECT_EQ(left(2, 2), (std::vector{2, 5}));
  EXPECT_EQ(left(3, 2), (std::vector{2, 4, 5}));
  EXPECT_EQ(left(2, 5), (std::vector{4, 5}));
  EXPECT_EQ(left(0, 2), (std::vector{1, 2, 3, 4, 5}));
}

TEST_F(PruneCheckpoints, WithALimitOfOneStillLeaveBoth) {
  EXPECT_EQ(left(1, 2), (std::vector{2, 5}));
  EXPECT_EQ(left(1, 5), (std::vector{5}));
}

}  // namespace
}  // namespace juror
