// Parquet written by pyarrow and by Hugging Face's datasets, through the library that stands beside
// the program.
#include "data/parquet.h"

#include <gtest/gtest.h>

#include "data/rows.h"

namespace juror {
namespace {

using ::testing::AllOf;
using testing::dataset_refusal;
using ::testing::ElementsAre;
using testing::fixture;
using ::testing::HasSubstr;
using testing::pictures_of;
using testing::rows_of;

const auto kPickapic = fixture("pickapic/data/train-00000-of-00002-0123456789abcdef.parquet");

TEST(Parquet, ReadsRowGroupsOneAtATime) {
  const auto file = open_parquet(kPickapic);
  EXPECT_EQ(file->groups(), 2);
  EXPECT_THAT(file->pictures(), ElementsAre("jpg_0", "jpg_1"));
  const auto second = file->group(1);
  EXPECT_EQ(second->rows(), 1);
  EXPECT_EQ(second->row(0)["caption"], "a pen");
  EXPECT_EQ(second->row(0)["label_1"], 1.0);
  EXPECT_EQ(second->row(0)["are_different"], true);
  EXPECT_EQ(second->row(0)["ranking_id"], 2);
}

TEST(PickapicReader, ReadsLabelsTiesWeightsAndRowsWithoutLabelAcrossFiles) {
  const auto rows = rows_of(fixture("pickapic"), {.split = "train"});
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(testing::prompts_of(rows), ElementsAre("a hat", "a cup", "a pen", "a box"));
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2}));
  EXPECT_EQ(rows[1].example.ranking, (Ranks{1, 1}));
  EXPECT_EQ(rows[2].example.ranking, (Ranks{2, 1}));
  EXPECT_TRUE(rows[3].example.ranking.empty());
  EXPECT_THAT(rows[2].example.images, ElementsAre("uid-4", "uid-5"));
  EXPECT_THAT(rows[2].generators, ElementsAre("dreamlike", "sdxl"));
  EXPECT_DOUBLE_EQ(rows[2].weight, 0.25);
  EXPECT_THAT(pictures_of(rows[2]), ElementsAre(4, 5));  // after the reader is gone
  EXPECT_THAT(pictures_of(rows[3]), ElementsAre(6, 7));
}

TEST(RapidataReader, ReadsImageStructsVotesAndGenerators) {
  const auto rows = rows_of(fixture("rapidata/votes"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(*vote_share(rows[0].example, 0, 1), 20.0 / 26.0);
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2}));
  EXPECT_EQ(rows[1].example.ranking, (Ranks{1, 1}));
  EXPECT_THAT(rows[1].example.images, ElementsAre("flux/2.jpg", "mj/3.jpg"));
  EXPECT_THAT(rows[1].generators, ElementsAre("flux", "mj"));
  EXPECT_THAT(pictures_of(rows[1]), ElementsAre(2, 3));
}

TEST(RapidataReader, ReadsWeightedResults) {
  const auto rows = rows_of(fixture("rapidata/weighted"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1}));
  EXPECT_TRUE(rows[0].example.votes.empty());
  EXPECT_THAT(rows[0].example.images, ElementsAre("0.jpg", "1.jpg"));  // the path beside the bytes
}

TEST(PairsReader, ReadsPicturesInParquet) {
  const auto rows = rows_of(fixture("pairs/parquet"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1}));
  EXPECT_THAT(pictures_of(rows[0]), ElementsAre(4, 5));
  EXPECT_THAT(rows[0].images[1].name, HasSubstr("pairs.parquet', row 0, image_2"));
}

TEST(ImageRewardReader, TakesTheRecordsOfAZipWithoutAListFromTheMetadata) {
  const auto rows = rows_of(fixture("imagereward_hub"), {.split = "train"});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].example.id, "000-3");
  EXPECT_EQ(rows[2].example.ranking, (Ranks{1, 2}));
  EXPECT_THAT(pictures_of(rows[2]), ElementsAre(4, 5));
}

TEST(BadParquet, IsRefusedWithItsNameWhereverItIsCut) {
  const TempFolder folder;
  const auto path = folder.path() / "x.parquet";
  const std::size_t size = std::filesystem::file_size(kPickapic);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{3}, size / 2, size - 1}) {
    testing::cut_file(kPickapic, path, bytes);
    EXPECT_THAT(dataset_refusal(path),
                AllOf(HasSubstr("x.parquet' cannot be read as parquet"), HasSubstr("cut short")))
        << bytes;
  }
  EXPECT_THAT(refusal_of([] { open_parquet("/nowhere.parquet"); }, ErrorKind::kUser),
              HasSubstr("'/nowhere.parquet' is missing"));
}

TEST(BadParquet, IsRefusedWhenBytesInItsMiddleChanged) {
  const TempFolder folder;
  std::string bytes = read_file(kPickapic);
  std::fill(bytes.begin() + 4, bytes.begin() + 4000, '\x5a');  // pages, not the footer at the end
  folder.write("x.parquet", bytes);
  EXPECT_THAT(dataset_refusal(folder.path()), HasSubstr("x.parquet"));
}

TEST(Parquet, ReadsListsOfAFixedLength) {
  const auto rows = rows_of(fixture("arrow_types/fixed_lists.parquet"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0].example.images, ElementsAre("a.jpg", "b.jpg"));
  EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1}));
}

TEST(Parquet, MindsATypeThatItDoesNotReadOnlyWhereItIsNeeded) {
  EXPECT_EQ(rows_of(fixture("arrow_types/decimal_price.parquet")).at(0).example.ranking,
            (Ranks{1, 2}));
  EXPECT_THAT(dataset_refusal(fixture("arrow_types/decimal_label.parquet")),
              AllOf(HasSubstr("decimal_label.parquet', row 0: the column 'label' is of the Arrow "
                              "type decimal128(3, 0), which Juror does not read; cast it to"),
                    HasSubstr("numbers, texts or lists")));
  EXPECT_THAT(dataset_refusal(fixture("arrow_types/decimal_ranks.parquet")),
              HasSubstr("the column 'ranking' is of the Arrow type list<"));
}

TEST(BadParquet, OfAnotherSchemaIsRefusedWithItsColumns) {
  EXPECT_THAT(dataset_refusal(fixture("imagereward_hub/metadata-train.parquet")),
              AllOf(HasSubstr("metadata-train.parquet', row 0: a row with the fields"),
                    HasSubstr("prompt_id")));
  EXPECT_THAT(dataset_refusal(kPickapic, {.format = "rapidata"}),
              HasSubstr("row 0: the text 'prompt' is missing"));
  EXPECT_THAT(
      dataset_refusal(fixture("imagereward_hub/metadata-train.parquet"), {.format = "pickapic"}),
      HasSubstr("row 0: the text 'caption' is missing"));
}

}  // namespace
}  // namespace juror
