// juror data inspect end to end, on data sets made by other people's writers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/rows.h"
#include "subprocess.h"

namespace juror {
namespace {

using Json = nlohmann::json;
using testing::fixture;
using ::testing::HasSubstr;

class DataInspect : public ::testing::Test {
 protected:
  Ran inspect(const std::filesystem::path& path, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"data", "inspect", path.string()};
    words.insert(words.end(), more.begin(), more.end());
    return run({.folder = folder_.path()}, words);
  }
  const TempFolder folder_;
};

TEST_F(DataInspect, CountsTheRowsOfASplitAsJson) {
  const Ran ran = inspect(fixture("hpdv2"), {"--split", "test", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["examples"], 1);
  EXPECT_EQ(json["pairs"], 3);
  EXPECT_EQ(json["ties"], 0);
  EXPECT_EQ(json["sizes"].size(), 3U);
  EXPECT_DOUBLE_EQ(json["rater_rater"]["share"].get<double>(),
                   5.0 / 9);  // preference/rater_agreement_test.cpp counts it by hand
  EXPECT_EQ(json["rater_rater"]["n"], 3);
  EXPECT_TRUE(json["generator_alone"].is_null());
}

TEST_F(DataInspect, PrintsATableForPeople) {
  const Ran ran = inspect(fixture("pairs/csv"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("3 of 2 prompts, 6 images"));
  EXPECT_THAT(ran.out, HasSubstr("2, 1 of them tied"));
}

TEST_F(DataInspect, NamesMissingImagesAndReturnsThree) {
  folder_.write("pairs.csv", "prompt,image_1,image_2,label\np,a.jpg,gone.jpg,1\n");
  std::filesystem::copy(fixture("pairs/csv/a.jpg"), folder_.path() / "a.jpg");
  const Ran ran = inspect(folder_.path(), {"--json"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(Json::parse(ran.out)["unreadable_images"], 1);
  EXPECT_THAT(ran.err, HasSubstr("gone.jpg' is missing"));
  EXPECT_EQ(inspect(folder_.path(), {"--no-images"}).code, 0);
}

TEST_F(DataInspect, NamesPromptsThatStandInTwoSplits) {
  const std::string row =
      R"({"id":"1","prompt":"an owl","images":["a.jpg","b.jpg"],"ranking":[1,2]})";
  folder_.write("train.jsonl", row + "\n");
  folder_.write("test.jsonl", row + "\n");
  EXPECT_THAT(inspect(folder_.path(), {"--split", "test", "--no-images"}).out,
              HasSubstr("prompts in two splits           1: 'an owl' (test, train)"));
  const Json json =
      Json::parse(inspect(folder_.path(), {"--split", "test", "--no-images", "--json"}).out);
  EXPECT_EQ(json["shared_prompts"]["count"], 1);
  EXPECT_EQ(json["shared_prompts"]["first"][0]["splits"], (Json{"test", "train"}));
}

TEST_F(DataInspect, RefusesWhatIsNoDataSet) {
  const Ran ran = inspect(fixture("hpdv2"));
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("name one with --split"));
}

}  // namespace
}  // namespace juror
