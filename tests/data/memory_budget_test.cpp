#include "data/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "data/loaded_rows.h"
#include "rows.h"

namespace juror {
namespace {

using testing::fixture;

TEST(MemoryBudget, LetsTurnsInWhileTheyFitTogether) {
  MemoryBudget budget(10);
  EXPECT_TRUE(budget.admit(0, 6));
  EXPECT_TRUE(budget.admit(1, 4));
  std::atomic<bool> is_in = false;
  std::thread third([&] { is_in = budget.admit(2, 1); });
  EXPECT_FALSE(is_in);  // 11 would be held
  budget.release(6);
  third.join();
  EXPECT_TRUE(is_in);
}

TEST(MemoryBudget, LetsInAloneWhatNeedsMoreThanThereIs) {
  MemoryBudget budget(10);
  EXPECT_TRUE(budget.admit(0, 1));
  std::atomic<bool> is_in = false;
  std::thread large([&] { is_in = budget.admit(1, 1000); });
  EXPECT_FALSE(is_in);
  budget.release(1);
  large.join();
  EXPECT_TRUE(is_in);
}

TEST(MemoryBudget, KeepsTheOrderOfTurnsThoughLaterOnesWouldFit) {
  MemoryBudget budget(10);
  std::vector<int> order;
  std::thread second([&] {
    if (budget.admit(1, 1)) order.push_back(1);
  });
  order.push_back(0);
  EXPECT_TRUE(budget.admit(0, 1));
  second.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1}));
}

TEST(MemoryBudget, WakesThoseWhoWaitWhenItIsClosed) {
  MemoryBudget budget(10);
  EXPECT_TRUE(budget.admit(0, 10));
  bool admitted = true;
  std::thread waiting([&] { admitted = budget.admit(1, 1); });
  budget.close();
  waiting.join();
  EXPECT_FALSE(admitted);
}

// A budget of one byte: every row is decoded alone, on any number of threads, and none is lost.
TEST(LoadedRows, ComeInOrderHoweverLittleMemoryTheyMayTake) {
  const auto all = testing::rows_of(fixture("hpdv2"), {.split = "train"});
  LoadedRows rows(open_dataset(fixture("hpdv2"), {.split = "train"}),
                  {.threads = 3, .depth = 6, .most_bytes = 1});
  for (const DatasetRow& expected : all) {
    const auto row = rows.next();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->row.example.id, expected.example.id);
    EXPECT_EQ(row->images.size(), expected.images.size());
    std::int64_t pixels = 0, largest = 0;
    for (const Image& image : row->images) {
      pixels += std::int64_t{image.width} * image.height;
      largest = std::max(largest, std::int64_t{image.width} * image.height);
    }
    EXPECT_EQ(row->bytes, 3 * pixels + 4 * largest);
  }
  EXPECT_FALSE(rows.next());
}

TEST(LoadedRows, CanBeLeftWhileThreadsWaitForMemory) {
  LoadedRows rows(open_dataset(fixture("hpdv2"), {.split = "train"}),
                  {.threads = 3, .depth = 6, .most_bytes = 1});
  EXPECT_TRUE(rows.next());
}

}  // namespace
}  // namespace juror
