// CSV as people's programs write it: spreadsheets, PowerShell, pandas.
#include <gtest/gtest.h>

#include "base/log.h"
#include "rows.h"

namespace juror {
namespace {

using ::testing::AllOf;
using testing::dataset_refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::prompts_of;
using testing::rows_of;

std::vector<DatasetRow> rows_of_csv(const std::string& text) {
  const TempFolder folder;
  for (const char* name : {"a.jpg", "b.jpg"})
    std::filesystem::copy(testing::fixture("pairs/csv") / name, folder.path() / name);
  return rows_of(folder.write("pairs.csv", text));
}

std::string refusal_of_csv(const std::string& text) {
  const TempFolder folder;
  return dataset_refusal(folder.write("pairs.csv", text));
}

TEST(CsvTable, ReadsAByteOrderMarkBeforeAQuotedHeader) {
  const auto rows = rows_of_csv(
      "\xEF\xBB\xBF\"prompt\",\"image_1\",\"image_2\",\"label\"\r\n"
      "\"a red box\",\"a.jpg\",\"b.jpg\",\"1\"\r\n\"two boxes\",\"a.jpg\",\"b.jpg\",\"2\"\r\n");
  EXPECT_THAT(prompts_of(rows), ElementsAre("a red box", "two boxes"));
  EXPECT_EQ(rows[1].example.ranking, (Ranks{2, 1}));
}

TEST(CsvTable, ReadsSemicolonsAndTabsWhereTheHeaderHasThem) {
  EXPECT_THAT(prompts_of(rows_of_csv("prompt;image_1;image_2;label\na, b;a.jpg;b.jpg;1\n")),
              ElementsAre("a, b"));
  EXPECT_THAT(prompts_of(rows_of_csv("prompt\timage_1\timage_2\tlabel\nx;y\ta.jpg\tb.jpg\t1\n")),
              ElementsAre("x;y"));
  EXPECT_THAT(prompts_of(rows_of_csv("sep=;\nprompt;image_1;image_2\nx,y;a.jpg;b.jpg\n")),
              ElementsAre("x,y"));
  EXPECT_THAT(prompts_of(rows_of_csv("prompt,\"a;b;c;d;e\",image_1,image_2\np,,a.jpg,b.jpg\n")),
              ElementsAre("p"));  // quoted semicolons are no delimiters
}

TEST(CsvTable, ReadsQuotesDelimitersAndLinesWithinQuotesAndCountsTheLines) {
  const auto rows = rows_of_csv(
      "prompt;image_1;image_2;label\r\n\"say \"\"hi\"\";\r\ntwice\";a.jpg;b.jpg;0\r\n"
      "last;a.jpg;b.jpg;2");
  EXPECT_THAT(prompts_of(rows), ElementsAre("say \"hi\";\r\ntwice", "last"));
  EXPECT_THAT(refusal_of_csv("prompt;image_1;image_2\n\"one\ntwo\";a;b\nx;a\n"),
              HasSubstr("pairs.csv:4: 2 values stand under 3 columns"));
}

TEST(CsvTable, KnowsPromptsByTheirOtherUsualNames) {
  for (const char* name : {"caption", "text", "Prompt", "TEXT_PROMPT", " prompt ", "instruction"}) {
    EXPECT_THAT(
        prompts_of(rows_of_csv(std::string(name) + ",image_1,image_2\na fox,a.jpg,b.jpg\n")),
        ElementsAre("a fox"))
        << name;
  }
}

TEST(CsvTable, SaysThatItHasNoColumnOfPrompts) {
  std::string said;
  set_log_sink([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning) said += text;
  });
  rows_of_csv("Anweisung,image_1,image_2\na fox,a.jpg,b.jpg\n");
  EXPECT_THAT(said, AllOf(HasSubstr("no column that is known to hold prompts"),
                          HasSubstr("Anweisung, image_1, image_2")));
  said.clear();
  rows_of_csv("prompt,image_1,image_2\n,a.jpg,b.jpg\n");
  EXPECT_EQ(said, "");  // the column is there, and empty on purpose
  set_log_sink({});
}

TEST(CsvTable, ReadsLabelsThatPandasTurnedIntoNumbersWithAPoint) {
  const auto rows = rows_of_csv(
      ",prompt,image_1,image_2,label\n0,p,a.jpg,b.jpg,1.0\n1,q,a.jpg,b.jpg,2.0\n"
      "2,r,a.jpg,b.jpg,0.0\n3,s,a.jpg,b.jpg,\n");
  EXPECT_EQ(rows[0].example.ranking, (Ranks{1, 2}));
  EXPECT_EQ(rows[1].example.ranking, (Ranks{2, 1}));
  EXPECT_EQ(rows[2].example.ranking, (Ranks{1, 1}));
  EXPECT_TRUE(rows[3].example.ranking.empty());
  EXPECT_THAT(refusal_of_csv("image_1,image_2,label\na,b,1.5\n"), HasSubstr("'label' is 1.5"));
}

TEST(CsvTable, RefusesOtherEncodingsAndColumnsOfOneName) {
  EXPECT_THAT(refusal_of_csv(std::string("\xFF\xFEp\0r\0", 6)),
              AllOf(HasSubstr("is UTF-16 text"), HasSubstr("Save it as UTF-8")));
  EXPECT_THAT(refusal_of_csv("prompt,image_1,image_2\nfl\xE4\x63he,a,b\n"),
              HasSubstr("pairs.csv:2: the column 'prompt' is no UTF-8 text"));
  EXPECT_THAT(refusal_of_csv("prompt,image_1,image_2,prompt\np,a,b,q\n"),
              HasSubstr("pairs.csv:1: two columns are called 'prompt'"));
}

TEST(OpenTable, NamesAGitLfsPointer) {
  const TempFolder folder;
  const auto file = folder.write(
      "train.parquet", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n");
  EXPECT_THAT(dataset_refusal(file),
              AllOf(HasSubstr("train.parquet' is a Git-LFS pointer"), HasSubstr("git lfs pull")));
}

TEST(JsonTable, ReadsAListOrLinesBehindAByteOrderMark) {
  const std::string row = R"({"prompt":"p","path1":"a.jpg","path2":"b.jpg"})";
  const TempFolder list, lines;
  list.write("test.json", "\xEF\xBB\xBF[" + row + "]");
  lines.write("test.jsonl", "\xEF\xBB\xBF" + row + "\n");
  EXPECT_THAT(dataset_refusal(list.path()), HasSubstr("a.jpg' is missing"));  // the row was read
  EXPECT_THAT(dataset_refusal(lines.path()), HasSubstr("a.jpg' is missing"));
}

}  // namespace
}  // namespace juror
