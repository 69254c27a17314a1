// Parquet that Juror writes, read back by its own reader.
#include <gtest/gtest.h>

#include "data/parquet.h"
#include "data/rows.h"
#include "file_size_limit.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const auto kPickapic =
    testing::fixture("pickapic/data/train-00000-of-00002-0123456789abcdef.parquet");

TEST(ParquetWriter, KeepsTypesNullsBytesAndRowGroupsOfAHundred) {
  const TempFolder folder;
  const fs::path file = folder.path() / "a.parquet";
  const auto writer = create_parquet(file, {{"text", ParquetType::kText},
                                            {"number", ParquetType::kDouble},
                                            {"count", ParquetType::kInt64},
                                            {"flag", ParquetType::kBool},
                                            {"time", ParquetType::kTimestampNs},
                                            {"jpg", ParquetType::kBinary},
                                            {"image", ParquetType::kImage}});
  for (int i = 0; i < 230; ++i) {
    writer->add({{"text", std::to_string(i)},
                 {"number", i / 2.0},
                 {"count", i},
                 {"flag", i % 2 == 0},
                 {"time", 1'700'000'000'000'000'000 + i},
                 {"jpg", Json::binary({1, 2, 3})},
                 {"image", {{"bytes", Json::binary({4, 5})}, {"path", "a.jpg"}}}});
  }
  writer->add({{"text", nullptr}});
  EXPECT_FALSE(fs::exists(file));
  writer->finish();
  const auto read = open_parquet(file);
  ASSERT_EQ(read->groups(), 3);
  EXPECT_EQ(read->group(0)->rows(), 100);
  EXPECT_EQ(read->pictures(), (std::vector<std::string>{"jpg", "image"}));
  const auto last = read->group(2);
  const auto row = last->row(1);
  EXPECT_EQ(row["text"], "201");
  EXPECT_EQ(row["number"], 100.5);
  EXPECT_EQ(row["flag"], false);
  EXPECT_EQ(row["time"], 1'700'000'000'000'000'201);
  EXPECT_EQ(row["image"], "a.jpg");
  EXPECT_EQ(last->picture("jpg", 1), (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(last->picture("image", 1), (std::vector<std::uint8_t>{4, 5}));
  EXPECT_TRUE(last->row(30)["text"].is_null());
}

TEST(ParquetWriter, WithoutFinishLeavesNothing) {
  const TempFolder folder;
  create_parquet(folder.path() / "a.parquet", {{"a", ParquetType::kText}})->add({{"a", "b"}});
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ParquetWriter, AFullDiskIsToldAndLeavesNothing) {
  const TempFolder folder;
  const auto write = [&] {
    const auto writer = create_parquet(folder.path() / "a.parquet", {{"a", ParquetType::kText}});
    for (int i = 0; i < 1000; ++i) writer->add({{"a", std::to_string(i * 7919)}});
    writer->finish();
  };
  const FileSizeLimit full(100);
  EXPECT_THAT(refusal_of(write, ErrorKind::kSystem), ::testing::HasSubstr("File too large"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ParquetRewriter, ChangesTheColumnsNamedAndKeepsEverythingElse) {
  const TempFolder folder;
  const fs::path file = folder.path() / "a.parquet";
  const auto rewriter = rewrite_parquet(kPickapic, file);
  EXPECT_EQ(rewriter->groups(), 2);
  EXPECT_TRUE(rewriter->has("label_0"));
  EXPECT_FALSE(rewriter->has("label_9"));
  rewriter->copy({{"label_0", {0.0, 1.0}}, {"best_image_uid", {"x", nullptr}}});
  rewriter->copy({{"label_0", {0.5}}});
  rewriter->finish();
  const auto before = open_parquet(kPickapic), after = open_parquet(file);
  ASSERT_EQ(after->groups(), 2);
  const auto first = after->group(0);
  EXPECT_EQ(first->row(0)["label_0"], 0.0);
  EXPECT_EQ(first->row(1)["label_0"], 1.0);
  EXPECT_EQ(first->row(0)["best_image_uid"], "x");
  EXPECT_TRUE(first->row(1)["best_image_uid"].is_null());
  EXPECT_EQ(after->group(1)->row(0)["label_0"], 0.5);
  for (const char* column : {"caption", "created_at", "image_0_uid", "label_1", "ranking_id"})
    EXPECT_EQ(first->row(1)[column], before->group(0)->row(1)[column]) << column;
  EXPECT_EQ(first->picture("jpg_1", 1), before->group(0)->picture("jpg_1", 1));
}

TEST(ParquetRewriter, RefusesWrongCountsUnknownColumnsAndItself) {
  const TempFolder folder;
  const auto refused = [&](const ParquetColumns& changed) {
    return refusal_of(
        [&] { rewrite_parquet(kPickapic, folder.path() / "a.parquet")->copy(changed); },
        ErrorKind::kUser);
  };
  EXPECT_THAT(refused({{"label_0", {1.0}}}), ::testing::HasSubstr("1 values for 2 rows"));
  EXPECT_THAT(refused({{"label_9", {1.0, 1.0}}}), ::testing::HasSubstr("has no column 'label_9'"));
  EXPECT_THAT(refused({{"ranking_id", {1, 2}}}), ::testing::HasSubstr("in which no label"));
  EXPECT_THAT(refusal_of([&] { rewrite_parquet(kPickapic, kPickapic); }, ErrorKind::kUser),
              ::testing::HasSubstr("over itself"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace juror
