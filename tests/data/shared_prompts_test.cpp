// Prompts in two splits, in tables written here.
#include "data/shared_prompts.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace juror {
namespace {

/// A table with one row a prompt.
std::string table(const std::vector<std::string>& prompts) {
  std::string lines;
  for (const std::string& prompt : prompts) {
    lines += nlohmann::json{{"id", std::to_string(lines.size())},
                            {"prompt", prompt},
                            {"images", {"a.jpg", "b.jpg"}},
                            {"ranking", {1, 2}}}
                 .dump() +
             "\n";
  }
  return lines;
}

TEST(FindSharedPrompts, CountsEachTextOnceAndNamesTheFirstFive) {
  const TempFolder folder;
  folder.write("test.jsonl", table({"a", "b", "c", "d", "e", "f", "a", "only here", ""}));
  folder.write("train.jsonl", table({"f", "e", "d", "c", "b", "a", "b", "only there", ""}));
  const auto shared = find_shared_prompts(folder.path(), {}, {});
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->count, 6);
  ASSERT_EQ(shared->first.size(), 5U);
  EXPECT_EQ(shared->first[0].prompt, "f");
  EXPECT_EQ(shared->first[0].first_split, "test");
  EXPECT_EQ(shared->first[0].second_split, "train");
}

TEST(FindSharedPrompts, FindsNoneWhereEveryTextHasItsSplit) {
  const TempFolder folder;
  folder.write("test.jsonl", table({"a", "a"}));
  folder.write("train.jsonl", table({"b", "c"}));
  EXPECT_EQ(find_shared_prompts(folder.path(), {}, {})->count, 0);
}

TEST(FindSharedPrompts, HasNothingToCompareInASingleTable) {
  EXPECT_FALSE(find_shared_prompts(testing::fixture("hpdv2/test.json"), {}, {}));
  EXPECT_FALSE(find_shared_prompts(testing::fixture("pairs/csv"), {}, {}));
}

}  // namespace
}  // namespace juror
