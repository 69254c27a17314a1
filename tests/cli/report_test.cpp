// juror report, end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.h"
#include "image/encode.h"
#include "subprocess.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

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

}  // namespace
}  // namespace juror
