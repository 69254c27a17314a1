#include "data/layout.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace juror {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names(const DatasetSplit& split) {
  std::vector<std::string> names;
  for (const auto& file : split.files) names.push_back(file.filename().string());
  return names;
}

TEST(SplitOfName, IsWhatTheNameOfATableTells) {
  EXPECT_EQ(split_of_name("train.json"), "train");
  EXPECT_EQ(split_of_name("preference_test.json"), "test");
  EXPECT_EQ(split_of_name("validation_unique-00000-of-00001-00112233aabbccdd.parquet"),
            "validation_unique");
  EXPECT_EQ(split_of_name("train_0001-00000-of-00005.parquet"), "train_0001");
  EXPECT_EQ(split_of_name("pairs.csv"), "pairs");
}

TEST(IsOneOfSeveral, KnowsAShardFromAWholeSplit) {
  const auto tables = testing::fixture("pickapic/data");
  EXPECT_TRUE(is_one_of_several(tables / "train-00001-of-00002-fedcba9876543210.parquet"));
  EXPECT_FALSE(
      is_one_of_several(tables / "validation_unique-00000-of-00001-00112233aabbccdd.parquet"));
  EXPECT_FALSE(is_one_of_several(testing::fixture("hpdv2/test.json")));
  EXPECT_FALSE(is_one_of_several(testing::fixture("hpdv2")));
}

TEST(FindLayout, OrdersNumberedFilesByValue) {
  const TempFolder folder;
  std::filesystem::create_directories(folder.path() / "images/train");
  for (const char* name : {"train_10.zip", "train_2.zip", "train_1.zip"})
    folder.write(std::string("images/train/") + name, "");
  const DatasetLayout layout = find_layout(folder.path());
  ASSERT_EQ(layout.splits.size(), 1U);
  EXPECT_TRUE(layout.publishes_splits);
  EXPECT_THAT(names(layout.splits[0]), ElementsAre("train_1.zip", "train_2.zip", "train_10.zip"));
}

TEST(FindLayout, TakesNoJsonThatIsNoList) {
  const TempFolder folder;
  folder.write("dataset_info.json", "{}");
  folder.write("rows.json", " \n[");
  const DatasetLayout layout = find_layout(folder.path());
  ASSERT_EQ(layout.splits.size(), 1U);
  EXPECT_FALSE(layout.publishes_splits);
  EXPECT_THAT(names(layout.splits[0]), ElementsAre("rows.json"));
}

TEST(FindLayout, PrefersJsonLinesToTheirTruthInJson) {
  const TempFolder folder;  // as juror synth writes it
  folder.write("synth.json", "[");
  folder.write("synth.jsonl", "");
  EXPECT_THAT(names(find_layout(folder.path()).splits[0]), ElementsAre("synth.jsonl"));
}

}  // namespace
}  // namespace juror
