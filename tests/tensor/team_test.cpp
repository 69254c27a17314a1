// Loops shared by threads: every piece once, whoever does it.
#include "tensor/team.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace juror {
namespace {

/// Sets libtorch's threads for one test.
class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }

 private:
  int before_;
};

/// Whether each of `loops` loops, of 0, 1, 2, … pieces and round again, did every piece once.
bool does_every_piece_once(std::int64_t loops) {
  bool all = true;
  for (std::int64_t loop = 0; loop < loops; ++loop) {
    std::vector<int> done(static_cast<std::size_t>(loop % 37), 0);
    share_loop(loop % 37, [&](std::int64_t i) { ++done[static_cast<std::size_t>(i)]; });
    for (const int times : done) all = all && times == 1;
  }
  return all;
}

TEST(ShareLoop, DoesEveryPieceOnceInLoopsThatFollowAtOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    const Threads set(threads);
    EXPECT_TRUE(does_every_piece_once(5000)) << threads;
  }
}

TEST(ShareLoop, WakesThreadsThatSleep) {
  const Threads set(2);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(does_every_piece_once(37));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // more than they wait for
  }
}

TEST(ShareLoop, UsesTheOtherThreadWhileThisOneIsBusy) {
  const Threads set(2);
  std::atomic<int> arrived{0};
  share_loop(2, [&](std::int64_t) {  // neither piece ends before both have begun
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ShareLoop, ServesCallersAtTheSameTime) {
  const Threads set(2);
  bool first = false, second = false;
  std::thread one([&] { first = does_every_piece_once(2000); });
  std::thread two([&] { second = does_every_piece_once(2000); });
  one.join();
  two.join();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace juror
