// How OpenMP's threads wait, as libgomp itself says when it is loaded (OMP_DISPLAY_ENV).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "subprocess.h"

namespace juror {
namespace {

using ::testing::AnyOf;

/// The last word of libgomp on its spinning: "'100'".
std::string spin_count(const std::string& program, const std::string& policy,
                       const std::string& count, const std::vector<std::string>& words) {
  const TempFolder folder;
  const Start start{.folder = folder.path(),
                    .variables = {{"OMP_DISPLAY_ENV", "VERBOSE"},
                                  {"OMP_WAIT_POLICY", policy},
                                  {"GOMP_SPINCOUNT", count}},
                    .program = program};
  const std::string said = run(start, words).err;
  const std::size_t at = said.rfind("GOMP_SPINCOUNT = ");
  return at == std::string::npos ? said : said.substr(at + 17, said.find('\n', at) - at - 17);
}

const std::string kEngine = std::string(JUROR_PROGRAM) + "-engine";

/// Another thread that wants a core as long as this lives.
class Busy {
 public:
  ~Busy() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_{[this] {
    while (!stop_) {
    }
  }};
};

TEST(WaitingPolicy, SleepsAtOnceBesideOtherWork) {
  const Busy other;
  EXPECT_EQ(spin_count(JUROR_PROGRAM, "", "", {"completion", "bash"}), "'0'");
}

TEST(WaitingPolicy, HoldsForTheEngineStartedByHand) {
  const Busy other;
  EXPECT_EQ(spin_count(kEngine, "", "", {"--version"}), "'0'");
}

TEST(WaitingPolicy, SpinsALittleOtherwise) {  // unless the machine has other work just then
  EXPECT_THAT(spin_count(kEngine, "", "", {"--version"}), AnyOf("'1000'", "'0'"));
}

TEST(WaitingPolicy, IsTheUsersWhereOneIsSet) {
  EXPECT_EQ(spin_count(kEngine, "", "77", {"--version"}), "'77'");
  EXPECT_EQ(spin_count(JUROR_PROGRAM, "", "77", {"completion", "bash"}), "'77'");
  EXPECT_EQ(spin_count(kEngine, "passive", "", {"--version"}), "'0'");
}

}  // namespace
}  // namespace juror
