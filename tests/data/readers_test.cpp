// Every format that needs no Arrow, on fixtures made by other people's writers: labels, images,
// generators.
#include <gtest/gtest.h>

#include "rows.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using testing::fixture;
using ::testing::HasSubstr;
using testing::pictures_of;
using testing::rows_of;

TEST(ImageRewardReader, ReadsTiesAndGapsAndImagesInAZip) {
  const auto rows = rows_of(fixture("imagereward"), {.split = "test"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].example.id, "005658-0040");
  EXPECT_EQ(rows[0].example.prompt, "deathly portal");
  EXPECT_EQ(rows[0].example.images[3], "part-005658/images/0040/3.webp");
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2, 5, 3}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(rows[1].example.prompt, "a vehicle, “cyberpunk”");
  EXPECT_EQ(rows[1].example.ranking, (Ranks{1, 2, 1}));
  EXPECT_THAT(pictures_of(rows[1]), ElementsAre(4, 5, 6));
}

TEST(ImageRewardReader, ReadsImagesInAFolder) {
  const auto rows = rows_of(fixture("imagereward"), {.split = "train"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(0, 1));
}

TEST(ImageRewardReader, GroupsTheRecordsOfAHubZipByPrompt) {
  const auto rows = rows_of(fixture("imagereward_hub"), {.split = "validation"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].example.id, "000-4");
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(6, 7));
  const auto first_zip = rows_of(fixture("imagereward_hub"), {.split = "train", .limit = 2});
  ASSERT_EQ(first_zip.size(), 2U);
  EXPECT_EQ(first_zip[0].example.prompt, "a dog");
  EXPECT_EQ(first_zip[0].example.ranking, (Ranks{2, 1}));
  EXPECT_THAT(pictures_of(first_zip[0]), ElementsAre(0, 2));  // apart in the file
  EXPECT_EQ(first_zip[1].example.ranking, (Ranks{1, 1}));
}

TEST(Hpdv2Reader, ReadsPairsAndTheirImagesInATarGz) {
  const auto rows = rows_of(fixture("hpdv2"), {.split = "train"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(1, 2));
  EXPECT_EQ(rows[1].example.ranking, (Ranks{1, 2}));
  EXPECT_THAT(pictures_of(rows[1]), ElementsAre(3, 1));
  EXPECT_EQ(rows[1].example.id, "train-1");
}

TEST(Hpdv2Reader, ReadsVotesAndTurnsAveragedRanksIntoPlaces) {
  const auto rows = rows_of(fixture("hpdv2"), {.split = "test"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2, 3}));  // of 1.3333, 2, 2.6667
  EXPECT_THAT(rows[0].example.votes, ElementsAre(Ranks{1, 2, 3}, Ranks{1, 3, 2}, Ranks{2, 1, 3}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(0, 1, 2));
}

TEST(Hpdv1Reader, RanksTheBestFirstAndTheOthersEqual) {
  const auto rows = rows_of(fixture("hpdv1"), {.split = "train"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].example.id, "17");
  EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 2, 1}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(0, 1, 2));
}

TEST(Hpdv3Reader, ReadsVotesAndGeneratorsAndPairsWithoutVotes) {
  const auto rows = rows_of(fixture("hpdv3"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2}));
  EXPECT_EQ(rows[0].example.votes.size(), 16U);
  EXPECT_DOUBLE_EQ(*vote_share(rows[0].example, 0, 1), 12.0 / 16.0);
  EXPECT_THAT(rows[0].generators, ElementsAre("flux", "sd3"));
  EXPECT_TRUE(rows[1].example.votes.empty());
  EXPECT_THAT(pictures_of(rows[1]), ElementsAre(0, 1));
}

TEST(ImagefolderReader, ReadsImagesBesideTheMetadata) {
  const auto rows = rows_of(fixture("imagefolder"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].example.prompt, "a tree");
  EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(0, 1));
  EXPECT_EQ(rows[1].example.ranking, (Ranks{1, 1}));
  EXPECT_THAT(pictures_of(rows[1]), ElementsAre(1, 0));
}

TEST(CsvReader, ReadsQuotesCommasAndLineBreaksInFields) {
  const auto rows = rows_of(fixture("pairs/csv"));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].example.prompt, "a \"red\" car, fast");
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2}));
  EXPECT_EQ(rows[1].example.prompt, "two\nlines");
  EXPECT_EQ(rows[1].example.ranking, (Ranks{1, 1}));
  EXPECT_EQ(rows[2].example.prompt, "");
  EXPECT_TRUE(rows[2].example.ranking.empty());  // no label
  EXPECT_THAT(pictures_of(rows[1]), ElementsAre(1, 0));
}

TEST(JurorReader, ReadsItsOwnLines) {
  const TempFolder folder;
  folder.write(
      "mine.jsonl",
      R"({"id":"x","prompt":"p","images":["a.jpg","b.jpg"],"ranking":[2,1],"votes":[[1,2],[2,1]]})"
      "\n");
  for (const char* name : {"a.jpg", "b.jpg"})
    std::filesystem::copy(fixture("pairs/csv") / name, folder.path() / name);
  const auto rows = rows_of(folder.path());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].example.id, "x");
  EXPECT_EQ(rows[0].example.votes.size(), 2U);
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(0, 1));
}

TEST(OpenDataset, ANamedFormatReadsAsTheSniffedOneDoes) {
  EXPECT_EQ(rows_of(fixture("hpdv3"), {.format = "hpdv3"}).size(), 2U);
  EXPECT_THAT(testing::dataset_refusal(fixture("hpdv3"), {.format = "hpdv1"}),
              HasSubstr("row 0: the list 'file_path' is missing"));
  EXPECT_THAT(testing::dataset_refusal(fixture("hpdv3"), {.format = "hpdv4"}),
              HasSubstr("no format 'hpdv4'"));
}

}  // namespace
}  // namespace juror
