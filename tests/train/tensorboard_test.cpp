#include "train/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "base/file.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

constexpr double kWallTime = 1700000000.25;

/// The events of tools/golden/make_tensorboard.py.
void write_golden_events(EventFile& file) {
  file.append(0, kWallTime + 0.5, {{"loss", 0.0}, {"reward", -1.5}});
  file.append(
      1, kWallTime + 1.0,
      {{"learning_rate", 1e-6}, {"rewards/soft/mean", 0.73}, {"eval/accuracy", std::nan("")}});
  file.append(300000, kWallTime + 2.75,
              {{"completions/mean_terminated_length/of a name that is longer than a hundred and "
                "twenty-seven bytes, so "
                "that its size takes two bytes to write",
                128.0}});
}

TEST(Crc32c, EqualsTheExamplesOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(EventFile, HasTheBytesThatTensorBoardItselfWrites) {
  const TempFolder folder;
  EventFile file(folder.path(), 0, kWallTime);
  write_golden_events(file);
  EXPECT_EQ(file.path().filename(), "events.out.tfevents.1700000000.juror");
  EXPECT_EQ(read_file(file.path()), read_file(kGoldenFolder / "tensorboard/events"));
}

TEST(EventFile, NeverWritesOverAnEarlierOne) {
  const TempFolder folder;
  const EventFile first(folder.path(), 0, kWallTime), second(folder.path(), 5, kWallTime);
  EXPECT_EQ(second.path().filename(), "events.out.tfevents.1700000000.juror.2");
}

TEST(EventFile, NamesTheFileThatCannotBeWritten) {
  const TempFolder folder;
  EXPECT_THAT(
      refusal_of([&] { EventFile(folder.path() / "none", 0, kWallTime); }, ErrorKind::kSystem),
      HasSubstr("none/events.out.tfevents.1700000000.juror"));
}

/// Needs a Python with the tensorboard package (JUROR_TENSORBOARD_PYTHON, else python3); skipped
/// without.
TEST(EventFile, IsReadBackByTensorBoardAndAResumedRunShowsNoStepTwice) {
  const char* named = std::getenv("JUROR_TENSORBOARD_PYTHON");
  const std::string python = named != nullptr ? named : "python3";
  if (std::system((python + " -c 'import tensorboard' >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << python << " has no tensorboard package";
  }
  const TempFolder folder;
  EventFile killed(folder.path(), 1, kWallTime);
  for (std::int64_t step = 1; step <= 3; ++step) killed.append(step, kWallTime, {{"loss", 7.0}});
  EventFile resumed(folder.path(), 3, kWallTime + 60);  // the checkpoint was that of step 2
  for (std::int64_t step = 3; step <= 4; ++step)
    resumed.append(step, kWallTime + 60, {{"loss", 1.0 / 3.0}});
  folder.write(
      "metrics.jsonl",
      "{\"step\":1,\"loss\":7}\n{\"step\":2,\"loss\":7}\n{\"step\":3,\"loss\":0.3333333333333333}\n"
      "{\"step\":4,\"loss\":0.3333333333333333}\n");
  const std::string check = std::string(JUROR_SOURCE_DIR) + "/tools/golden/check_tensorboard.py ";
  EXPECT_EQ(std::system((python + " " + check + folder.path().string() + " >&2").c_str()), 0);
}

}  // namespace
}  // namespace juror
