// How many examples there will be, for the progress line.
#include "eval/example_count.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "temp_folder.h"

namespace juror {
namespace {

std::int64_t counted(const ExampleCount& count) {
  while (count.total() == 0) std::this_thread::yield();
  return count.total();
}

TEST(ExampleCount, IsOfTheLabelledRowsThatTheOptionsChoose) {
  const TempFolder folder;
  std::string lines;
  for (int i = 0; i < 9; ++i) {
    lines += R"({"id":")" + std::to_string(i) + R"(","prompt":"","images":["a.png","b.png"])" +
             (i == 4 ? "" : R"(,"ranking":[1,2])") + "}\n";
  }
  const auto file = folder.write("votes.jsonl", lines);
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  EXPECT_EQ(counted(ExampleCount(file, {})), 8);  // pictures are not looked at
  EXPECT_EQ(counted(ExampleCount(file, {.limit = 5})), 4);
  set_log_sink({});
  EXPECT_EQ(said, "");  // the reader that judges tells
}

TEST(ExampleCount, OfWhatCannotBeReadIsUnknown) {
  const TempFolder folder;
  const ExampleCount count(folder.write("votes.jsonl", "{\"id\":7}\n"), {});
  EXPECT_EQ(count.total(), 0);
}

}  // namespace
}  // namespace juror
