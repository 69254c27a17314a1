// A photographer's folder: shots, companions and groups.
#include "data/shots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.h"
#include "image/encode.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Shot shot(std::uint64_t hash, std::optional<double> time = {}) {
  return {.file = "x", .hash = {.across = hash, .down = 0}, .time = time};
}

constexpr std::uint64_t bits(int count) { return (std::uint64_t{1} << count) - 1; }

TEST(SimilarGroups, LinkNearHashesAndWithinABurstAlsoFartherOnes) {
  const SimilarOptions options;  // 22 bits; within 60 s 36
  using Groups = std::vector<std::vector<std::size_t>>;
  EXPECT_EQ(similar_groups({shot(0), shot(bits(22)), shot(bits(45))}, options),
            (Groups{{0, 1}, {2}}));  // 22 and 23 bits apart
  EXPECT_EQ(similar_groups({shot(0, 100), shot(bits(36), 160)}, options), (Groups{{0, 1}}));
  EXPECT_EQ(similar_groups({shot(0, 100), shot(bits(36), 161)}, options), (Groups{{0}, {1}}));
  EXPECT_EQ(similar_groups({shot(0, 100), shot(bits(37), 100)}, options), (Groups{{0}, {1}}));
}

TEST(SimilarGroups, AreWhatLinksJoinAndLeaveUnreadableShotsOut) {
  std::vector<Shot> shots = {shot(bits(40)), shot(0), shot(bits(20)), shot(0)};
  shots[3].error = "broken";
  EXPECT_THAT(similar_groups(shots, {}), ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_TRUE(similar_groups({}, {}).empty());
}

TEST(FindShots, PutsARawFileToThePictureOfItsNameAndKeepsOddNames) {
  const TempFolder folder;
  for (const char* name : {"b.JPG", "b.NEF", "c.arw", "a b\n\xe9.png", "notes.txt", ".hidden.jpg"})
    folder.write(name, "x");
  std::filesystem::create_directory(folder.path() / "deep");
  folder.write("deep/d.webp", "x");
  const auto shots = find_shots(folder.path(), false);
  ASSERT_EQ(shots.size(), 3U);
  EXPECT_EQ(shots[0].file.filename(), "a b\n\xe9.png");
  EXPECT_EQ(shots[1].file.filename(), "b.JPG");
  EXPECT_THAT(shots[1].companions, ElementsAre(folder.path() / "b.NEF"));
  EXPECT_EQ(shots[2].file.filename(), "c.arw");
  EXPECT_EQ(find_shots(folder.path(), true).size(), 4U);
  EXPECT_THAT(refusal_of([&] { find_shots(folder.path() / "b.JPG", false); }, ErrorKind::kUser),
              HasSubstr("is no folder"));
}

TEST(FindShots, TakesHeicAndAvifWhateverThisBuildReads) {
  const TempFolder folder;
  for (const char* name : {"a.HEIC", "b.heif", "c.avif", "c.dng"}) folder.write(name, "x");
  const auto shots = find_shots(folder.path(), false);
  ASSERT_EQ(shots.size(), 3U);
  EXPECT_THAT(shots[2].companions, ElementsAre(folder.path() / "c.dng"));
}

TEST(LookAtShots, ABrokenPictureFailsAlone) {
  const TempFolder folder;
  for (int i = 0; i < 30; ++i) {
    const bool broken = i % 10 == 3;
    folder.write(fmt::format("{:02}.jpg", i),
                 broken ? "broken" : encode_jpeg(testing::make_scene(64, 48, i), 85));
  }
  std::vector<Shot> shots = find_shots(folder.path(), false);
  EXPECT_TRUE(look_at_shots(shots, ImageReader(), 3, {}));
  for (std::size_t i = 0; i < shots.size(); ++i) EXPECT_EQ(!shots[i].error.empty(), i % 10 == 3);
  EXPECT_FALSE(look_at_shots(shots, ImageReader(), 1, [](auto, auto, auto) { return false; }));
}

}  // namespace
}  // namespace juror
