#include "data/loaded_rows.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace juror {
namespace {

using testing::fixture;
using ::testing::HasSubstr;

TEST(LoadedRows, ComeInTheReadersOrderWithTheirImagesWhateverTheThreads) {
  for (const int threads : {1, 3}) {
    LoadedRows rows(open_dataset(fixture("hpdv2"), {.split = "train"}), threads, 4);
    const auto first = rows.next(), second = rows.next();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->row.example.prompt, "a boat");
    EXPECT_EQ(first->images[1].width, 12);
    EXPECT_EQ(second->row.example.prompt, "a kite");
    EXPECT_FALSE(rows.next());
    EXPECT_FALSE(rows.next());
  }
}

TEST(LoadedRows, ThrowWhatARowThrewAfterTheRowsBeforeIt) {
  const TempFolder folder;
  folder.write("pairs.csv",
               "prompt,image_1,image_2,label\nok,a.jpg,b.jpg,1\nbad,a.jpg,gone.jpg,1\n");
  for (const char* name : {"a.jpg", "b.jpg"})
    std::filesystem::copy(fixture("pairs/csv") / name, folder.path() / name);
  LoadedRows rows(open_dataset(folder.path()), 3, 4);
  EXPECT_EQ(rows.next()->row.example.prompt, "ok");
  EXPECT_THAT(refusal_of([&] { rows.next(); }, ErrorKind::kUser),
              HasSubstr("gone.jpg' is missing"));
}

}  // namespace
}  // namespace juror
