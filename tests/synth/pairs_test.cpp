#include "synth/pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "data/pictures.h"
#include "image/encode.h"

namespace juror {
namespace {

using namespace testing;
using ::testing::HasSubstr;

PhotoSet three_photos() {
  return PhotoSet({make_scene(320, 240, 0), make_scene(240, 320, 1), make_scene(300, 300, 2)},
                  {"a.png", "b.png", "c.png"});
}

const SynthOptions kSmall{.working_size = 96};

TEST(SynthPair, CanBeMadeAloneAndAgain) {
  const PhotoSet photos = three_photos();
  make_synth_pair(photos, kSmall, 5, 16);
  const SynthPair once = make_synth_pair(photos, kSmall, 5, 17),
                  again = make_synth_pair(photos, kSmall, 5, 17);
  EXPECT_EQ(once.first.rgb, again.first.rgb);
  EXPECT_EQ(once.second.rgb, again.second.rgb);
  EXPECT_EQ(once.votes_first, again.votes_first);
  EXPECT_NE(make_synth_pair(photos, kSmall, 6, 17).first.rgb, once.first.rgb);
  EXPECT_NE(make_synth_pair(photos, kSmall, 5, 18).first.rgb, once.first.rgb);
}

TEST(SynthPair, HasTheWorkingSizeAndTellsTheTruthAboutItself) {
  const PhotoSet photos = three_photos();
  for (std::uint64_t i = 0; i < 40; ++i) {
    const SynthPair pair = make_synth_pair(photos, kSmall, 1, i);
    EXPECT_EQ(std::max(pair.first.width, pair.first.height), 96);
    EXPECT_EQ(std::max(pair.second.width, pair.second.height), 96);
    EXPECT_EQ(pair.same_photo, pair.photo1 == pair.photo2);
    EXPECT_EQ(pair.q1, hidden_quality(pair.a));
    EXPECT_EQ(pair.q2, hidden_quality(pair.b));
    if (pair.same_photo) EXPECT_EQ(pair.first.size(), pair.second.size());
  }
}

TEST(SynthPair, FollowsTheSharesAndTheVotersFollowTheQuality) {
  const PhotoSet photos = three_photos();
  int same = 0, answer_only = 0;
  double votes = 0, expected = 0;
  const int count = 600;
  for (std::uint64_t i = 0; i < count; ++i) {
    const SynthPair pair = make_synth_pair(photos, {.working_size = 56}, 2, i);
    same += pair.same_photo;
    answer_only += pair.answer_only;
    votes += pair.votes_first / 10.0;
    expected += 1 / (1 + std::exp(pair.q2 - pair.q1));
    if (pair.votes_first == 10) EXPECT_EQ(pair.answer, 1);
    if (pair.votes_first == 0) EXPECT_EQ(pair.answer, 2);
  }
  EXPECT_NEAR(same, 360, 48);  // four standard deviations
  EXPECT_NEAR(answer_only, 120, 40);
  EXPECT_NEAR(votes, expected, 20);  // 600 means of ten voters: standard deviation below 3.9
}

TEST(SynthPair, SwappedMirrorsEverything) {
  const PhotoSet photos = three_photos();
  const SynthPair pair = make_synth_pair(photos, kSmall, 3, 3), other = swapped(pair);
  EXPECT_EQ(other.first.rgb, pair.second.rgb);
  EXPECT_EQ(other.a, pair.b);
  EXPECT_EQ(other.votes_first, 10 - pair.votes_first);
  EXPECT_EQ(other.answer, 3 - pair.answer);
}

TEST(SynthPair, AugmentedShowsTheSameDefectsAndVotesOnOtherPictures) {
  const PhotoSet photos = three_photos();
  SynthOptions augmented = kSmall;
  augmented.augment = true;
  std::int64_t turned = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const SynthPair plain = make_synth_pair(photos, kSmall, 4, i),
                    other = make_synth_pair(photos, augmented, 4, i);
    EXPECT_EQ(other.a, plain.a);
    EXPECT_EQ(other.b, plain.b);
    EXPECT_EQ(other.votes_first, plain.votes_first);
    EXPECT_NE(other.first.rgb, plain.first.rgb);
    EXPECT_EQ(other.first.rgb, make_synth_pair(photos, augmented, 4, i).first.rgb);
    if (other.same_photo)
      EXPECT_EQ(other.first.size(), other.second.size());  // turned alike, as a burst is
    turned += other.first.width != plain.first.width;
  }
  EXPECT_GT(turned, 3);  // a quarter turn every second time; 3 or fewer of 20: p = 0.001
  EXPECT_LT(turned, 17);
}

TEST(SynthPair, KnowsHowProbablyAVoterPrefersTheFirst) {
  const SynthPair pair = make_synth_pair(three_photos(), kSmall, 3, 5);
  EXPECT_DOUBLE_EQ(pair.p_first, 1 / (1 + std::exp(pair.q2 - pair.q1)));
  EXPECT_DOUBLE_EQ(swapped(pair).p_first, 1 - pair.p_first);
}

TEST(SynthPair, RefusesDifferentPhotosFromASetOfOne) {
  const PhotoSet one({make_scene(100, 100)}, {"a.png"});
  EXPECT_THROW(make_synth_pair(one, {.working_size = 56, .same_photo = 0}, 1, 1), Error);
}

TEST(SynthImage, IsDeterministicAndCarriesItsTruth) {
  const PhotoSet photos = three_photos();
  const SynthImage once = make_synth_image(photos, kSmall, 9, 4);
  EXPECT_EQ(once.image.rgb, make_synth_image(photos, kSmall, 9, 4).image.rgb);
  EXPECT_EQ(once.quality, hidden_quality(once.truth));
}

class PhotoFolder : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder / "sub"); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) /
                                 ("juror_photo_folder." + std::to_string(::getpid()));
};

TEST_F(PhotoFolder, IsReadInTheOrderOfItsPathsAndReduced) {
  write_file_atomic(folder / "b.png", encode_png(make_scene(200, 100)));
  write_file_atomic(folder / "sub" / "a.PNG", encode_png(make_scene(40, 60)));
  write_file_atomic(folder / "notes.txt", "not a photo");
  const PhotoSet photos(folder, {}, 50);
  ASSERT_EQ(photos.size(), 2);
  EXPECT_EQ(photos.name(0), "b.png");
  EXPECT_EQ(photos.name(1), "sub/a.PNG");
  EXPECT_EQ(photos.photo(0).size(), (Size{100, 50}));
  EXPECT_EQ(photos.photo(1).size(), (Size{40, 60}));
}

TEST_F(PhotoFolder, SaysWhatIsWrongWithAnEmptyBrokenOrTooLargeOne) {
  const auto message = [&](std::int64_t most_bytes) {
    try {
      PhotoSet(folder, {}, 512, most_bytes);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message(1 << 20), HasSubstr("holds no JPEG, PNG or WebP"));
  write_file_atomic(folder / "a.png", encode_png(make_scene(40, 60)));
  EXPECT_THAT(message(100), HasSubstr("'a.png'"));
  write_file_atomic(folder / "broken.jpg", "no picture at all");
  EXPECT_THAT(message(1 << 20), HasSubstr("broken.jpg"));
  EXPECT_THROW(PhotoSet(folder / "absent"), Error);
}

}  // namespace
}  // namespace juror
