#include "base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <optional>

#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const std::filesystem::path& file) {
  return refusal_of([&] { FileLock(file, "The run folder 'x'"); }, ErrorKind::kUser);
}

/// Runs `work` in a child process that then ends at once, as if it were killed.
template <class Work>
void in_a_process_that_dies(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
}

TEST(FileLock, RefusesASecondHolderAndNamesTheFirst) {
  const TempFolder folder;
  const auto file = folder.path() / "lock";
  {
    const FileLock lock(file, "The run folder 'x'");
    EXPECT_THAT(refusal(file),
                AllOf(HasSubstr("The run folder 'x' is being written by process " +
                                std::to_string(::getpid()) + " on "),
                      HasSubstr("since 20"), HasSubstr("delete '" + file.string() + "'")));
  }
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(refusal(file), "accepted");
}

TEST(FileLock, OfAProcessThatWasKilledIsFree) {
  const TempFolder folder;
  const auto file = folder.path() / "lock";
  in_a_process_that_dies([&] { new FileLock(file, "x"); });  // never destroyed
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(refusal(file), "accepted");
}

TEST(FileLock, WhoseFileHoldsAnythingElseIsStillRefusedInASentence) {
  const TempFolder folder;
  const auto file = folder.path() / "lock";
  const FileLock lock(file, "x");
  for (const char* text : {R"({"host":7,"process":"me","since":[1]})", "[1]", "words", ""}) {
    std::ofstream(file) << text;  // the same file: it stays locked
    EXPECT_THAT(refusal(file), HasSubstr("is being written by process 0 on another machine"));
  }
}

TEST(FileLock, MovesWithItsOwner) {
  const TempFolder folder;
  std::optional<FileLock> owner;
  {
    FileLock lock(folder.path() / "lock", "x");
    owner.emplace(std::move(lock));
  }
  EXPECT_THAT(refusal(folder.path() / "lock"), HasSubstr("is being written"));
  owner.reset();
  EXPECT_EQ(refusal(folder.path() / "lock"), "accepted");
}

TEST(FileLock, NamesTheFolderThatIsNotThere) {
  EXPECT_THAT(refusal_of([] { FileLock("/nowhere/lock", "x"); }, ErrorKind::kSystem),
              HasSubstr("Cannot write '/nowhere/lock': No such file"));
}

}  // namespace
}  // namespace juror
