// What is wrong with a data set is refused, with file and row; nothing is skipped.
#include <gtest/gtest.h>

#include "base/log.h"
#include "rows.h"

namespace juror {
namespace {

using ::testing::AllOf;
using testing::cut_file;
using testing::dataset_refusal;
using testing::fixture;
using ::testing::HasSubstr;

/// The refusal of a data set of one table of this name and text.
std::string refusal(const std::string& name, const std::string& text) {
  const TempFolder folder;
  folder.write(name, text);
  return dataset_refusal(folder.path());
}

TEST(BadDataset, NamesTheRowOfARankThatIsNoNumber) {
  const std::string good = R"({"id":"1","prompt":"p","generations":["a","b"],"ranking":[1,2]})";
  const auto second_row = [&](const std::string& ranking) {
    return refusal("train.json",
                   "[" + good + R"(,{"id":"2","prompt":"p","generations":["a","b"],"ranking":)" +
                       ranking + "}]");
  };
  EXPECT_THAT(
      second_row(R"([1,"b"])"),
      AllOf(HasSubstr("train.json', row 1: 'ranking' holds \"b\""), HasSubstr("numbers from 1")));
  EXPECT_THAT(second_row("[0,1]"), HasSubstr("row 1: 'ranking' holds 0"));
  EXPECT_THAT(second_row("[null,1]"), HasSubstr("row 1: 'ranking' holds null"));
  EXPECT_THAT(second_row("[1]"),
              HasSubstr("row 1: 'ranking' is [1]; it must be a list of 2 ranks"));
  EXPECT_THAT(second_row("3"), HasSubstr("row 1: 'ranking' is 3; it must be a list of 2 ranks"));
  EXPECT_THAT(second_row("null"), HasSubstr("row 1: the list 'ranking' is missing"));
}

TEST(BadDataset, ARowThatNestsTooDeepIsNoRow) {
  const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
  const std::string row = R"({"id":"1","prompt":)" + deep + R"(,"images":["a","b"]})";
  EXPECT_THAT(refusal("votes.jsonl", row + "\n"), HasSubstr("votes.jsonl:1: not valid JSON"));
  EXPECT_THAT(refusal("train.json", "[" + row + "]"), HasSubstr("row 0: not valid JSON"));
}

TEST(BadDataset, LabelsThatAreNoNumbersAreNoTie) {
  for (const char* label : {"nan", "inf", "-inf"}) {
    EXPECT_THAT(refusal("pairs.csv", std::string("prompt,image_1,image_2,label_0,label_1\np,a,b,") +
                                         label + ",0\n"),
                HasSubstr(std::string("'label_0' is ") + label + "; it must be a number"));
  }
}

TEST(BadDataset, RefusesAnIdThatStandsTwice) {
  const std::string row = R"({"id":"7","prompt":"p","generations":["a","b"],"ranking":[1,2]})";
  EXPECT_THAT(refusal("train.json", "[" + row + "," + row + "]"),
              HasSubstr("row 1: the id '7' stands in an earlier row too"));
}

TEST(BadDataset, RefusesImageNamesThatLeaveTheFolder) {
  const auto with_image = [](const std::string& name) {
    return refusal("train.json", R"([{"id":"1","prompt":"p","generations":["a",")" + name +
                                     R"("],"ranking":[1,2]}])");
  };
  EXPECT_THAT(with_image("../x.jpg"), HasSubstr("row 0: the image name '../x.jpg' leads out"));
  EXPECT_THAT(with_image("a/../../x.jpg"), HasSubstr("leads out"));
  EXPECT_THAT(with_image("/etc/passwd"), HasSubstr("'/etc/passwd' leads out"));
  EXPECT_THAT(with_image(""), HasSubstr("row 0: an image has no name"));
}

TEST(BadDataset, TellsOfAnImageThatStandsTwiceInARow) {
  const TempFolder folder;
  const auto row = [](const std::string& id, const std::string& images) {
    return R"({"id":")" + id + R"(","prompt":"p","images":[)" + images + R"(],"ranking":[1,2]})" +
           "\n";
  };
  const auto file = folder.write(
      "votes.jsonl", row("1", R"("a","b")") + row("2", R"("a","a")") + row("3", R"("c","c")"));
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  const auto read = [&](bool tells) {
    const auto reader = open_dataset(file, {.tells = tells});
    while (reader->next())
      ;
  };
  read(false);
  EXPECT_EQ(said, "");
  read(true);
  set_log_sink({});
  EXPECT_THAT(said,
              HasSubstr("votes.jsonl:2: an image stands there more than once (a, a): a copy"));
  EXPECT_EQ(said.find("c, c"), std::string::npos);  // said once
}

TEST(BadDataset, NamesTheImageThatIsMissing) {
  EXPECT_THAT(refusal("train.json",
                      R"([{"id":"1","prompt":"p","generations":["a.webp","b"],"ranking":[1,2]}])"),
              HasSubstr("a.webp' is missing"));
}

TEST(BadDataset, RefusesJsonThatIsCutShortOrBroken) {
  EXPECT_THAT(refusal("train.json", R"([{"prompt":"a","file_path":["x","y"],"human_pre)"),
              HasSubstr("row 0: the file ends within it"));
  EXPECT_THAT(
      refusal("train.json", R"([{"prompt":"a","file_path":["x","y"],"human_preference":[1,0]})"),
      HasSubstr("row 1: a comma is missing"));
  EXPECT_THAT(
      refusal("train.json", R"([{"prompt":"a","file_path":["x","y"],"human_preference":[1,0]},)"),
      HasSubstr("row 1: a row must be an object"));
  EXPECT_THAT(refusal("train.json", R"([{"prompt":"a",,}])"), HasSubstr("row 0: not valid JSON"));
  EXPECT_THAT(refusal("train.json", R"([{"prompt":"a","path1":"x","path2":"y"}] x)"),
              HasSubstr("something stands after the list"));
  EXPECT_THAT(refusal("train.jsonl", "\n{\"a\":\n"), HasSubstr("train.jsonl:2: not valid JSON"));
}

TEST(BadDataset, RefusesTablesWithoutRowsAndFoldersWithoutTables) {
  EXPECT_THAT(refusal("train.json", "[]"), HasSubstr("train.json' holds no example"));
  EXPECT_THAT(refusal("train.jsonl", "\n"), HasSubstr("train.jsonl' holds no example"));
  EXPECT_THAT(refusal("pairs.csv", "prompt,image_1,image_2,label\n"),
              HasSubstr("holds no example"));
  EXPECT_THAT(refusal("pairs.csv", ""), HasSubstr("first line must name the columns"));
  EXPECT_THAT(refusal("readme.md", "x"), HasSubstr("holds no table of examples"));
  EXPECT_THAT(dataset_refusal("/nowhere"), HasSubstr("no data set at '/nowhere'"));
}

TEST(BadDataset, SaysWhichFieldsAreOfNoKnownFormat) {
  EXPECT_THAT(refusal("train.json", R"([{"question":"a","answer":"b"}])"),
              HasSubstr("row 0: a row with the fields answer, question"));
}

TEST(BadDataset, RefusesLabelsThatAreNone) {
  EXPECT_THAT(
      refusal("train.json", R"([{"prompt":"a","file_path":["x","y"],"human_preference":[1,1]}])"),
      HasSubstr("must be [1, 0] or [0, 1]"));
  EXPECT_THAT(
      refusal("train.json", R"([{"prompt":"a","file_path":["x","y"],"human_preference":2}])"),
      HasSubstr("whole number from 0 to 1"));
  EXPECT_THAT(
      refusal("train.json", R"([{"prompt":"a","path1":"x","path2":"y","choice_dist":[3]}])"),
      HasSubstr("two numbers of votes"));
  EXPECT_THAT(
      refusal("train.json", R"([{"prompt":"a","path1":"x","path2":"y","choice_dist":[3,-1]}])"),
      HasSubstr("'choice_dist' is -1"));
  EXPECT_THAT(refusal("p.csv", "image_1,image_2,label\na,b,3\n"),
              HasSubstr("p.csv:2: 'label' is 3"));
  EXPECT_THAT(refusal("p.csv", "image_1,image_2,label_0,label_1\na,b,1,x\n"),
              HasSubstr("p.csv:2: 'label_1' is x"));
}

TEST(BadDataset, RefusesCsvWithTooFewValuesOrAnOpenQuote) {
  EXPECT_THAT(refusal("p.csv", "image_1,image_2,label\na,b\n"),
              HasSubstr("p.csv:2: 2 values stand under 3 columns"));
  EXPECT_THAT(refusal("p.csv", "image_1,image_2,label\na,b,\"1\n"),
              HasSubstr("p.csv:2: a quote is opened and never closed"));
}

TEST(BadDataset, AsksForASplitAndRefusesOneThatIsNotThere) {
  EXPECT_THAT(dataset_refusal(fixture("hpdv2")),
              HasSubstr("has the splits test, train; name one with --split"));
  EXPECT_THAT(dataset_refusal(fixture("hpdv2"), {.split = "trian"}),
              HasSubstr("no split 'trian', but test, train. Did you mean 'train'?"));
  EXPECT_THAT(dataset_refusal(fixture("pairs/csv"), {.split = "dev"}), HasSubstr("no split 'dev'"));
}

TEST(BadDataset, RefusesAZipOrTarThatIsCutShort) {
  const TempFolder folder;
  std::filesystem::copy(fixture("imagereward/data/test.json"), folder.path() / "test.json");
  const auto zip = fixture("imagereward/data/test_images.zip");
  cut_file(zip, folder.path() / "test_images.zip", std::filesystem::file_size(zip) / 2);
  EXPECT_THAT(dataset_refusal(folder.path()),
              AllOf(HasSubstr("test_images.zip' cannot be read as a zip"), HasSubstr("cut short")));
  const TempFolder other;
  std::filesystem::copy(fixture("hpdv2/train.json"), folder.path() / "train.json");
  const auto tar = fixture("hpdv2/train.tar.gz");
  cut_file(tar, folder.path() / "train.tar.gz", std::filesystem::file_size(tar) / 2);
  EXPECT_THAT(dataset_refusal(folder.path(), {.split = "train"}),
              AllOf(HasSubstr("train.tar.gz' is cut short")));
}

TEST(BadDataset, RefusesAHubZipWithoutRecordsOrWithTwoPromptsOfOneId) {
  EXPECT_THAT(dataset_refusal(fixture("archives/pictures.zip")),
              HasSubstr("pictures.zip' holds no list of its images"));
  EXPECT_THAT(dataset_refusal(fixture("bad/two_prompts_1.zip")),
              AllOf(HasSubstr("two_prompts_1.json', row 1"), HasSubstr("'000-1' differs")));
}

}  // namespace
}  // namespace juror
