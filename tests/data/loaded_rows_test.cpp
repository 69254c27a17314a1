#include "data/loaded_rows.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace juror {
namespace {

using testing::fixture;
using ::testing::HasSubstr;

TEST(LoadedRows, ComeInTheReadersOrderWithTheirImagesWhateverTheThreads) {
  for (const int threads : {1, 3}) {
    LoadedRows rows(open_dataset(fixture("hpdv2"), {.split = "train"}),
                    {.threads = threads, .depth = 4});
    const auto first = rows.next(), second = rows.next();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->row.example.prompt, "a boat");
    EXPECT_EQ(first->images[1].width, 12);
    EXPECT_EQ(second->row.example.prompt, "a kite");
    EXPECT_FALSE(rows.next());
    EXPECT_FALSE(rows.next());
  }
}

/// Three pairs of which the second misses an image, and a line that is no row.
std::unique_ptr<DatasetReader> flawed_rows(const TempFolder& folder) {
  folder.write("pairs.csv",
               "prompt,image_1,image_2,label\nok,a.jpg,b.jpg,1\nbad,a.jpg,gone.jpg,1\n"
               "fine,b.jpg,a.jpg,1\ntorn,a.jpg\n");
  for (const char* name : {"a.jpg", "b.jpg"})
    std::filesystem::copy(fixture("pairs/csv") / name, folder.path() / name);
  return open_dataset(folder.path());
}

TEST(LoadedRows, KeepTheErrorOfAnImageWithItsRowAndGoOn) {
  const TempFolder folder;
  LoadedRows rows(flawed_rows(folder), {.threads = 3, .depth = 4});
  EXPECT_EQ(rows.next()->images.size(), 2U);
  const auto bad = rows.next();
  EXPECT_EQ(bad->row.example.prompt, "bad");
  EXPECT_TRUE(bad->images.empty());
  ASSERT_TRUE(bad->error);
  EXPECT_THAT(refusal_of([&] { std::rethrow_exception(bad->error); }, ErrorKind::kUser),
              HasSubstr("gone.jpg' is missing"));
  EXPECT_EQ(rows.next()->row.example.prompt, "fine");
}

TEST(LoadedRows, ThrowWhatTheReaderThrewAfterTheRowsBeforeIt) {
  const TempFolder folder;
  LoadedRows rows(flawed_rows(folder), {.threads = 3, .depth = 4});
  for (int row = 0; row < 3; ++row) rows.next();
  EXPECT_THAT(refusal_of([&] { rows.next(); }, ErrorKind::kUser), HasSubstr("pairs.csv:5"));
}

TEST(LoadedRows, LeaveImagesAloneThatAreNotWanted) {
  const TempFolder folder;
  const auto wanted = [](const DatasetRow& row) { return row.example.prompt != "bad"; };
  LoadedRows rows(flawed_rows(folder), {.threads = 2, .depth = 2, .wanted = wanted});
  EXPECT_TRUE(rows.next()->is_loaded);
  const auto bad = rows.next();
  EXPECT_FALSE(bad->is_loaded);
  EXPECT_FALSE(bad->error);
}

}  // namespace
}  // namespace juror
