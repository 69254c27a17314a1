#include "data/prefetch.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace juror {
namespace {

TEST(Prefetcher, HandsOutItemsInOrderWhateverTheThreadsDo) {
  Prefetcher<std::uint64_t> items(
      [](std::uint64_t index) {
        if (index % 3 == 0) std::this_thread::yield();
        return index * index;
      },
      5, 4, 8);
  for (std::uint64_t index = 5; index < 400; ++index) ASSERT_EQ(items.next(), index * index);
}

TEST(Prefetcher, NeverRunsFurtherAheadThanItsDepth) {
  std::atomic<std::uint64_t> taken{0};
  std::atomic<bool> too_far{false};
  Prefetcher<int> items(
      [&](std::uint64_t index) {
        if (index >= taken + 1 + 3) too_far = true;
        return 0;
      },
      0, 4, 3);
  for (int i = 0; i < 200; ++i) {
    ++taken;  // counted before the call: while next() waits, one item more may be in the making
    items.next();
  }
  EXPECT_FALSE(too_far);
}

TEST(Prefetcher, ThrowsToTheConsumerAtTheItemThatFailedAndGoesOnAfterIt) {
  Prefetcher<std::unique_ptr<int>> items(
      [](std::uint64_t index) {
        if (index == 2) throw std::runtime_error("item 2");
        return std::make_unique<int>(static_cast<int>(index));
      },
      0, 2, 4);
  EXPECT_EQ(*items.next(), 0);
  EXPECT_EQ(*items.next(), 1);
  EXPECT_THROW(items.next(), std::runtime_error);
  EXPECT_EQ(*items.next(), 3);
}

TEST(Prefetcher, WorksWithTheThreadsThatTheSystemGives) {
  const auto in_little_memory = [](std::size_t stacks) {
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    const rlimit limit{.rlim_cur = pages * 4096 + (stacks << 23) + (1 << 22),
                       .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_AS, &limit);  // a stack takes 8 MiB
    Prefetcher<int> items([](std::uint64_t index) { return static_cast<int>(index); }, 0, 64, 4);
    ::_exit(items.next() == 0 && items.next() == 1 ? 0 : 1);
  };
  EXPECT_EXIT(in_little_memory(3), ::testing::ExitedWithCode(0), "");
}

TEST(Prefetcher, CanBeDroppedWithItemsUnread) {
  std::atomic<int> made{0};
  {
    Prefetcher<int> items([&](std::uint64_t) { return ++made; }, 0, 3, 5);
  }
  EXPECT_LE(made, 5);
}

}  // namespace
}  // namespace juror
