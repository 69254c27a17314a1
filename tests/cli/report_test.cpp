// juror report, end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "data/pictures.h"
#include "data/rows.h"
#include "image/encode.h"
#include "records/comparison.h"
#include "subprocess.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A training run of one step, with a thought about a picture that is too large to go in as it is.
class Report : public ::testing::Test {
 protected:
  Report() {
    std::filesystem::create_directory(folder_.path() / "run");
    folder_.write("run/metrics.jsonl", "{\"step\":1,\"reward\":0.5}\n");
    folder_.write("run/completions.jsonl",
                  "{\"step\":1,\"id\":\"a\",\"images\":[\"scene.png\",\"gone.png\"],\"thinking\":"
                  "\"sharp & clean\"}\n");
    write_file_atomic(folder_.path() / "scene.png", encode_png(testing::make_scene(600, 400, 1)));
  }
  Ran report(std::vector<std::string> words) const {
    words.insert(words.begin(), "report");
    return run({.folder = folder_.path()}, words);
  }
  const TempFolder folder_;
};

TEST_F(Report, PrintsWhereThePageIsAndShowsASmallCopyOfThePicture) {
  ASSERT_GT(std::filesystem::file_size(folder_.path() / "scene.png"), 40'000U);
  const Ran ran = report({"run", "--picture-pixels", "120"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "run/report.html\n");
  const std::string page = read_file(folder_.path() / "run/report.html");
  EXPECT_THAT(page, HasSubstr("<img src=\"data:image/jpeg;base64,"));
  EXPECT_THAT(page, HasSubstr("gone.png (not found)"));
  EXPECT_THAT(page, HasSubstr("sharp &amp; clean"));
}

TEST_F(Report, WritesThePageToTheFileOfDashO) {
  EXPECT_EQ(report({"run", "-o", "page.html"}).code, 0);
  EXPECT_THAT(read_file(folder_.path() / "page.html"), HasSubstr("<!doctype html>"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "run/report.html"));
}

TEST_F(Report, SaysAsJsonWhatItMade) {
  const auto json = nlohmann::json::parse(report({"run", "--json"}).out);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["report"], "run/report.html");
  EXPECT_EQ(json["kind"], "training");
}

TEST_F(Report, AFolderOfAnotherKindIsTheUsersMistake) {
  std::filesystem::create_directory(folder_.path() / "empty");
  const Ran ran = report({"empty"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("metrics.jsonl"));
}

/// An evaluation in which the pair of the first two images of `row` was a confident mistake.
void write_mistake(const TempFolder& folder, const DatasetRow& row,
                   const std::filesystem::path& data, const std::string& split) {
  using Json = nlohmann::json;
  const Json summary = {{"data", {{"path", data}, {"format", "auto"}, {"split", split}}},
                        {"rows", Json::array()}};
  folder.write("summary.json", summary.dump());
  EvalExample example{.id = row.example.id,
                      .prompt = row.example.prompt,
                      .images = row.example.images,
                      .sizes = std::vector<PictureSize>(row.images.size(), {1, 1}),
                      .ranks = std::vector<double>(row.images.size(), 1)};
  example.pairs.push_back({.first = 0, .second = 1, .share = 1});
  example.pairs[0].result = {.status = PairStatus::kOk, .p = 0.1, .p_ij = 0.1, .p_ji = 0.1};
  folder.write("journal.jsonl", record_json(example, 0, {.model = "m", .seed = 0}).dump() + "\n");
}

std::string base64_of(const ImageSource& source) {
  const std::vector<std::uint8_t> bytes = source.read();
  return ";base64," + base64(std::string(bytes.begin(), bytes.end())) + "\"";
}

TEST(ReportOfAnEvaluation, ShowsMistakesOutOfFoldersArchivesAndParquet) {
  const std::vector<std::pair<std::string, std::string>> data_sets = {
      {"hpdv2", "test"},             // in test/, which the table does not name
      {"hpdv2", "train"},            // train.tar.gz
      {"imagereward", "test"},       // test_images.zip
      {"imagereward_hub", "train"},  // images/train/train_1.zip
      {"pickapic", "train"},         // bytes in the table, without a name
      {"rapidata/votes", "train"}};  // Image structs
  for (const auto& [name, split] : data_sets) {
    SCOPED_TRACE(name + " " + split);
    const std::filesystem::path data = testing::fixture(name);
    const DatasetRow row = testing::rows_of(data, {.split = split}).back();
    const TempFolder folder;
    write_mistake(folder, row, data, split);
    const Ran ran = run({.folder = folder.path()}, {"report", "."});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const std::string page = read_file(folder.path() / "report.html");
    EXPECT_THAT(page, HasSubstr(base64_of(row.images[0])));
    EXPECT_THAT(page, HasSubstr(base64_of(row.images[1])));
    EXPECT_THAT(page, Not(HasSubstr("(not found)")));
  }
}

TEST(ReportOfAnEvaluation, ReadsNoPictureThatItDoesNotShowAndNamesOneThatIsGone) {
  const TempFolder data, folder;
  for (const char* name : {"test.json", "test"}) {
    std::filesystem::copy(testing::fixture("hpdv2") / name, data.path() / name,
                          std::filesystem::copy_options::recursive);
  }
  write_mistake(folder, testing::rows_of(data.path(), {.split = "test"}).at(0), data.path(),
                "test");
  std::filesystem::remove(data.path() / "test/00002.jpg");  // the third of the example
  EXPECT_EQ(run({.folder = folder.path()}, {"report", "."}).err, "");
  std::filesystem::remove(data.path() / "test/00001.jpg");
  const Ran ran = run({.folder = folder.path()}, {"report", "."});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("00001.jpg' is missing"));
  EXPECT_TRUE(read_file(folder.path() / "report.html").find("00001.jpg (cannot be read)") !=
              std::string::npos);
}

TEST(ReportOfAnEvaluation, IsMadeWithoutPicturesWhereTheDataSetIsGone) {
  const TempFolder folder;
  const DatasetRow row = testing::rows_of(testing::fixture("hpdv2"), {.split = "test"}).at(0);
  write_mistake(folder, row, folder.path() / "gone", "test");
  const Ran ran = run({.folder = folder.path()}, {"report", "."});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("The page lacks pictures: There is no data set at"));
  EXPECT_THAT(read_file(folder.path() / "report.html"), HasSubstr("00000.jpg (not found)"));
}

}  // namespace
}  // namespace juror
