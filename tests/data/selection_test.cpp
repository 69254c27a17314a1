// Choosing rows: by prompt, reproducible, complete.
#include "data/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "rows.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// `rows` rows; each prompt has two of them.
class Numbers : public DatasetReader {
 public:
  explicit Numbers(int rows) : rows_(rows) {}
  std::optional<DatasetRow> next() override {
    if (at_ == rows_) return std::nullopt;
    DatasetRow row;
    row.example.id = std::to_string(at_);
    row.example.prompt = "prompt " + std::to_string(at_++ / 2);
    return row;
  }

 private:
  int rows_, at_ = 0;
};

std::vector<std::string> ids(int rows, const std::string& split, const DatasetOptions& options,
                             std::size_t buffer = 64) {
  const auto reader = select_rows(std::make_unique<Numbers>(rows), split, options, buffer);
  std::vector<std::string> ids;
  while (auto row = reader->next()) ids.push_back(row->example.id);
  return ids;
}

TEST(SelectRows, SplitsByPromptWithoutOverlapOrLoss) {
  std::set<std::string> all;
  std::map<std::string, double> share;
  for (const char* split : {"train", "validation", "test"}) {
    const auto part = ids(4000, split, {});
    share[split] = static_cast<double>(part.size()) / 4000;
    std::set<int> prompts;
    for (const std::string& id : part) {
      EXPECT_TRUE(all.insert(id).second) << id << " stands in two splits";
      prompts.insert(std::stoi(id) / 2);
    }
    EXPECT_EQ(prompts.size() * 2, part.size()) << "a prompt is torn apart";
  }
  EXPECT_EQ(all.size(), 4000U);
  EXPECT_NEAR(share["train"], 0.90, 0.03);
  EXPECT_NEAR(share["validation"], 0.05, 0.02);
}

TEST(SelectRows, TakesAFractionOfThePromptsThatDependsOnTheSeedAlone) {
  const auto part = ids(4000, "", {.fraction = 0.25, .seed = 3});
  EXPECT_NEAR(static_cast<double>(part.size()), 1000, 120);
  EXPECT_EQ(part, ids(4000, "", {.fraction = 0.25, .seed = 3}));
  EXPECT_NE(part, ids(4000, "", {.fraction = 0.25, .seed = 4}));
  const auto larger = ids(4000, "", {.fraction = 0.5, .seed = 3});
  EXPECT_TRUE(std::all_of(part.begin(), part.end(), [&](auto& id) {
    return std::count(larger.begin(), larger.end(), id) == 1;
  }));
}

TEST(SelectRows, ShufflesTheLimitedRowsAndLosesNone) {
  const auto plain = ids(300, "", {.limit = 200});
  auto shuffled = ids(300, "", {.limit = 200, .shuffle = true, .seed = 1});
  EXPECT_EQ(shuffled, ids(300, "", {.limit = 200, .shuffle = true, .seed = 1}));
  EXPECT_NE(shuffled, ids(300, "", {.limit = 200, .shuffle = true, .seed = 2}));
  EXPECT_NE(shuffled, plain);
  std::sort(shuffled.begin(), shuffled.end(),
            [](auto& a, auto& b) { return std::stoi(a) < std::stoi(b); });
  EXPECT_EQ(shuffled, plain);
}

TEST(SelectRows, DealsEveryRowToExactlyOneProcess) {
  std::vector<std::string> dealt;
  for (std::int64_t rank = 0; rank < 3; ++rank) {
    const auto part = ids(100, "", {.shuffle = true, .rank = rank, .world_size = 3, .seed = 5});
    EXPECT_NEAR(static_cast<double>(part.size()), 100.0 / 3, 1);
    dealt.insert(dealt.end(), part.begin(), part.end());
  }
  EXPECT_EQ(std::set<std::string>(dealt.begin(), dealt.end()).size(), 100U);
  EXPECT_EQ(dealt.size(), 100U);
}

TEST(SelectRows, RefusesAChoiceThatLeavesNothing) {
  const auto refusal = [](const std::string& split, const DatasetOptions& options) {
    return refusal_of([&] { ids(2, split, options); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal("", {.rank = 2, .world_size = 3}), HasSubstr("No example is left"));
  EXPECT_THAT(refusal("", {.rank = 3, .world_size = 3}), HasSubstr("Process 3 of 3"));
  EXPECT_THAT(refusal("", {.fraction = 0}), HasSubstr("leaves nothing"));
  EXPECT_THAT(refusal("dev", {}), HasSubstr("no split 'dev'"));
}

TEST(PromptHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(text_hash(""), 0xcbf29ce484222325ULL);  // FNV-1a's published test values
  EXPECT_EQ(text_hash("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(text_hash("foobar"), 0x85944171f73967e8ULL);
}

}  // namespace
}  // namespace juror
