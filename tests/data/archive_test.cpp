// Archives made by Python's zipfile and tarfile, and random access to gzip against a plain read.
#include "data/archive/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/random.h"
#include "data/archive/bytes.h"
#include "image/decode.h"
#include "rows.h"

namespace juror {
namespace {

using testing::fixture;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::string refusal(const std::function<void()>& work) {
  return refusal_of(work, ErrorKind::kUser);
}

class EveryArchive : public ::testing::TestWithParam<std::string> {
 protected:
  std::filesystem::path path = fixture("archives/" + GetParam());
  const std::string long_name = "sub/" + std::string(130, 'c') + ".png";
};

TEST_P(EveryArchive, FindsMembersByFullNameByTailAndFromALongerPath) {
  const auto archive = open_archive(path);
  EXPECT_THAT(archive->names(), UnorderedElementsAre("a.png", "sub/b.png", long_name));
  EXPECT_TRUE(archive->contains("b.png"));
  EXPECT_TRUE(archive->contains("images/train/a.png"));
  EXPECT_FALSE(archive->contains("other/b.png"));
  EXPECT_FALSE(archive->contains("ub/b.png"));
  EXPECT_FALSE(archive->contains(""));
}

TEST_P(EveryArchive, ReadsMembersInAnyOrder) {
  const auto archive = open_archive(path);
  const auto width = [&](const std::string& name) {
    return decode_image(archive->read(name), name).width;
  };
  EXPECT_EQ(width(long_name), 12);
  EXPECT_EQ(width("a.png"), 10);
  EXPECT_EQ(width("b.png"), 11);
  EXPECT_EQ(width("a.png"), 10);
  EXPECT_THAT(refusal([&] { archive->read("z.png"); }), HasSubstr("has no member 'z.png'"));
}

TEST_P(EveryArchive, RefusesEveryFileThatIsCutShort) {
  const TempFolder folder;
  const std::size_t size = std::filesystem::file_size(path);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{5}, size / 8, size / 4}) {
    testing::cut_file(path, folder.path() / GetParam(), bytes);
    const std::string words = refusal([&] {
      const auto archive = open_archive(folder.path() / GetParam());
      for (const char* name : {"a.png", "b.png"}) archive->read(name);
    });
    EXPECT_THAT(words, HasSubstr(GetParam())) << bytes;
  }
}

TEST_P(EveryArchive, RefusesOtherBytesAndAMissingFile) {
  const TempFolder folder;
  folder.write(GetParam(), std::string(3000, 'x'));
  EXPECT_THAT(refusal([&] { open_archive(folder.path() / GetParam()); }), HasSubstr(GetParam()));
  EXPECT_THAT(refusal([&] { open_archive(folder.path() / ("no." + GetParam())); }),
              HasSubstr("missing"));
}

INSTANTIATE_TEST_SUITE_P(ZipTarTarGz, EveryArchive,
                         ::testing::Values("pictures.zip", "pictures.tar", "pictures.tar.gz"),
                         [](const auto& test) {
                           std::string name = test.param.substr(test.param.find('.') + 1);
                           std::erase(name, '.');
                           return name;
                         });

TEST(Archive, RefusesOtherKinds) {
  EXPECT_THAT(refusal([] { open_archive("x.tar.xz"); }),
              HasSubstr("must be .zip, .tar, .tar.gz or .tgz"));
}

TEST(ZipArchive, RefusesAMemberWhoseBytesWereChanged) {
  const TempFolder folder;
  std::string bytes = read_file(fixture("imagereward/data/test_images.zip"));
  bytes[60] = static_cast<char>(bytes[60] ^
                                0x10);  // behind the first member's header of 30 bytes and its name
  folder.write("x.zip", bytes);
  const auto archive = open_archive(folder.path() / "x.zip");
  EXPECT_THAT(refusal([&] { archive->read("part-005658/images/0040/0.webp"); }),
              HasSubstr("x.zip', 'part-005658/images/0040/0.webp'"));
}

/// Text that packs a little, so that the deflate stream has blocks of several kinds.
std::string some_bytes(std::size_t size) {
  Random random({1});
  std::string bytes;
  while (bytes.size() < size)
    bytes.append(1 + random.below(4), static_cast<char>(random.below(200)));
  bytes.resize(size);
  return bytes;
}

void write_gzip(const std::filesystem::path& path, const std::string& bytes, const char* mode) {
  gzFile file = gzopen(path.c_str(), mode);
  ASSERT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())),
            static_cast<int>(bytes.size()));
  gzclose(file);
}

TEST(GzipBytes, ReadsTheSameFromAnyOffsetAsAPlainRead) {
  const TempFolder folder;
  const auto path = folder.path() / "x.gz";
  const std::string bytes = some_bytes(600'000);
  write_gzip(path, bytes.substr(0, 400'000), "wb");
  write_gzip(path, bytes.substr(400'000), "ab");  // a second member
  const auto gzip = open_gzip_bytes(path, /*spacing=*/20'000);
  std::vector<std::uint8_t> whole(bytes.size() + 1);
  ASSERT_EQ(gzip->from(0)->read(whole), bytes.size());
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), whole.begin(),
                         [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
  for (const std::size_t offset :
       {0, 1, 19'999, 20'001, 123'456, 399'990, 400'000, 400'001, 599'999}) {
    std::vector<std::uint8_t> part(1000);
    const std::size_t got = gzip->from(static_cast<std::int64_t>(offset))->read(part);
    ASSERT_EQ(got, std::min<std::size_t>(1000, bytes.size() - offset)) << offset;
    EXPECT_EQ(std::string(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got)),
              bytes.substr(offset, got))
        << offset;
  }
}

}  // namespace
}  // namespace juror
