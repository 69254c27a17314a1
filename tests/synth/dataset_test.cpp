#include "synth/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "data/jsonl.h"
#include "data/pictures.h"
#include "image/decode.h"

namespace juror {
namespace {

using namespace testing;

class SynthDataset : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder); }
  // Named by process: ctest runs the tests side by side.
  std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) /
                                 ("juror_synth_dataset." + std::to_string(::getpid()));
  PhotoSet photos{{make_scene(200, 160, 0), make_scene(160, 200, 1)}, {"a.png", "b.png"}};
  SynthDatasetOptions options{.synth = {.working_size = 64}, .pairs = 6, .seed = 11, .threads = 2};
};

TEST_F(SynthDataset, HoldsThePairsLosslesslyWithVotesAndTruth) {
  EXPECT_EQ(write_synth_dataset(photos, options, folder, nullptr), 6);
  const auto examples = read_preference_jsonl(folder / "synth.jsonl");
  const auto truths = read_synth_truth(folder / "synth.json");
  ASSERT_EQ(examples.size(), 6U);
  ASSERT_EQ(truths.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    const SynthPair pair = make_synth_pair(photos, options.synth, 11, i);
    EXPECT_EQ(load_image(folder / examples[i].images[0]).rgb, pair.first.rgb);
    EXPECT_EQ(load_image(folder / examples[i].images[1]).rgb, pair.second.rgb);
    EXPECT_DOUBLE_EQ(vote_share(examples[i], 0, 1).value(), pair.votes_first / 10.0);
    EXPECT_EQ(truths[i].id, examples[i].id);
    EXPECT_EQ(truths[i].a, pair.a);
    EXPECT_EQ(truths[i].q2, pair.q2);
    EXPECT_EQ(truths[i].photo2, photos.name(pair.photo2));
  }
}

TEST_F(SynthDataset, IsWholeAfterProgressStopsIt) {
  const auto stop_after_two = [](std::string_view, std::int64_t done, std::int64_t) {
    return done < 2;
  };
  EXPECT_EQ(write_synth_dataset(photos, options, folder, stop_after_two), 2);
  EXPECT_EQ(read_preference_jsonl(folder / "synth.jsonl").size(), 2U);
}

TEST_F(SynthDataset, OfPhotosWhoseNamesAreNoUtf8IsWritten) {
  const PhotoSet odd{{make_scene(200, 160, 0), make_scene(160, 200, 1)}, {"\xff.png", "\xfe.png"}};
  EXPECT_EQ(write_synth_dataset(odd, options, folder, nullptr), 6);
  EXPECT_EQ(read_synth_truth(folder / "synth.json")[0].photo1, "\uFFFD.png");
}

TEST_F(SynthDataset, IsNeverOverwritten) {
  write_synth_dataset(photos, options, folder, nullptr);
  EXPECT_THROW(write_synth_dataset(photos, options, folder, nullptr), Error);
}

TEST_F(SynthDataset, TruthThatMakesNoSenseIsRefused) {
  std::filesystem::create_directories(folder);
  for (
      const char* text :
      {"", "[]", R"({"pairs":[{}]})",
       R"({"pairs":[{"id":"1","same_photo":true,"photos":["a","a"],"defects":[{"fog":1},{}],"quality":[0,0]}]})",
       R"({"pairs":[{"id":"1","same_photo":true,"photos":["a","a"],"defects":[{"blur":2},{}],"quality":[0,0]}]})"}) {
    write_file_atomic(folder / "synth.json", text);
    EXPECT_THROW(read_synth_truth(folder / "synth.json"), Error) << text;
  }
}

}  // namespace
}  // namespace juror
