#include "base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_size_limit.h"
#include "temp_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(AtomicFile, AppearsWholeOrNotAtAll) {
  const TempFolder folder;
  const fs::path path = folder.write("a.txt", "old");
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_EQ(read_file(path), "old");
  write_file_atomic(path, "new");
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(AtomicFile, WritesIntoAPipeAndNeverReplacesIt) {  // nor a device: `-o /dev/stdout`
  const TempFolder folder;
  const fs::path path = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDWR);  // so that nobody waits
  write_file_atomic(path, "words");
  char words[6] = {};
  EXPECT_EQ(::read(reader, words, 5), 5);
  EXPECT_STREQ(words, "words");
  EXPECT_TRUE(fs::is_fifo(path));
  ::close(reader);
}

TEST(AtomicFile, FollowsALinkAndKeepsIt) {
  const TempFolder folder;
  const fs::path target = folder.write("target", "old"), link = folder.path() / "link";
  fs::create_symlink("target", link);
  write_file_atomic(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_file(target), "new");
}

TEST(AtomicFile, AFolderAndAMissingFolderAreTheUsersMistakes) {
  const TempFolder folder;
  const auto refusal = [](const fs::path& path) {
    return refusal_of([&] { AtomicFile file(path); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal(folder.path()), HasSubstr(folder.path().string()));
  EXPECT_THAT(refusal(folder.path() / "no" / "a.txt"), HasSubstr("no/a.txt"));
}

TEST(AtomicFile, LeavesNothingBehindWhenTheDiskIsFull) {
  const TempFolder folder;
  const FileSizeLimit full(10);
  EXPECT_THAT(refusal_of([&] { write_file_atomic(folder.path() / "a", std::string(100, 'x')); },
                         ErrorKind::kSystem),
              HasSubstr("a'"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ReadFile, OfADashIsTheStandardInput) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "from a pipe", 11), 11);
  ::close(ends[1]);
  const int before = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  EXPECT_EQ(read_file("-"), "from a pipe");
  EXPECT_EQ(read_file("-"), "");  // it is read once
  ::dup2(before, STDIN_FILENO);
  ::close(before);
  ::close(ends[0]);
}

}  // namespace
}  // namespace juror
