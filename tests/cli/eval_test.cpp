// juror eval and train linear end to end, on a handful of small pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "data/pictures.h"
#include "image/encode.h"
#include "image/resize.h"
#include "preference/example.h"
#include "subprocess.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

/// Twelve pairs of a sharp and a blurred scene, the sharp one preferred by nine of ten and first in
/// every second pair.
class EvalCli : public ::testing::Test {
 protected:
  EvalCli() {
    std::string lines;
    for (int i = 0; i < 12; ++i) {
      const Image sharp = testing::make_scene(64, 48, i);
      write("sharp", i, sharp);
      write("blurred", i, resize_bicubic(resize_bicubic(sharp, {16, 12}), {64, 48}));
      const bool sharp_first = i % 2 == 0;
      const Words images = {name(sharp_first ? "sharp" : "blurred", i),
                            name(sharp_first ? "blurred" : "sharp", i)};
      std::vector<Ranks> votes(9, sharp_first ? Ranks{1, 2} : Ranks{2, 1});
      votes.push_back(sharp_first ? Ranks{2, 1} : Ranks{1, 2});
      lines += Json{{"id", std::to_string(i)},
                    {"prompt", "scene " + std::to_string(i)},
                    {"images", images},
                    {"votes", votes}}
                   .dump() +
               "\n";
    }
    folder_.write("votes.jsonl", lines);
  }
  static std::string name(const std::string& kind, int i) {
    return kind + std::to_string(i) + ".png";
  }
  void write(const std::string& kind, int i, const Image& image) const {
    write_file_atomic(folder_.path() / name(kind, i), encode_png(image));
  }

  Ran juror(Words words) const {
    words.insert(words.end(), {"--threads", "1"});
    return run({.folder = folder_.path()}, words);
  }
  /// Trains linear.json, then evaluates it into `out`.
  Ran eval_linear(const std::string& out, Words words = {}) const {
    if (!std::filesystem::exists(folder_.path() / "linear.json"))
      juror({"train", "linear", "votes.jsonl", "-o", "linear.json", "-q"});
    words.insert(words.begin(),
                 {"eval", "votes.jsonl", "--model", "linear.json", "--output-dir", out});
    return juror(words);
  }
  const TempFolder folder_;
};

TEST_F(EvalCli, TrainLinearPrintsAScorerThatKnowsSharpFromBlurred) {
  const Ran trained = juror({"train", "linear", "votes.jsonl", "-o", "linear.json"});
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("A linear scorer of 12 pairs"));
  const Ran ran = eval_linear("out", {"--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["rows"][0]["name"], "linear.json");
  EXPECT_EQ(json["rows"][0]["accuracy"], 1.0);
  EXPECT_EQ(json["data"]["pairs"], 12);
}

TEST_F(EvalCli, WritesAJournalASummaryAndTheOptions) {
  eval_linear("out", {"-q"});
  const std::string journal = read_file(folder_.path() / "out/journal.jsonl");
  EXPECT_EQ(std::count(journal.begin(), journal.end(), '\n'),
            13);  // the header and twelve comparisons
  EXPECT_EQ(Json::parse(read_file(folder_.path() / "out/summary.json"))["partial"], false);
  EXPECT_THAT(read_file(folder_.path() / "out/eval.toml"), HasSubstr("model = \"linear.json\""));
}

TEST_F(EvalCli, QuickWorkOfUnknownLengthPrintsNoProgressIntoALog) {
  eval_linear("before", {"-q"});
  EXPECT_EQ(eval_linear("out").err, "Linear scorer linear.json\nJournal out/journal.jsonl\n");
}

TEST_F(EvalCli, BaselinesPutPeopleAndOrderIntoTheTable) {
  const Json rows = Json::parse(eval_linear("out", {"--baselines", "--json"}).out)["rows"];
  std::map<std::string, double> accuracy;
  for (const Json& row : rows) accuracy[row["name"]] = row["accuracy"];
  EXPECT_NEAR(accuracy.at("one person against the mean of all"), 0.9, 1e-9);
  EXPECT_NEAR(accuracy.at("one person against another"), 0.8,
              1e-9);  // 72 of 90 ordered pairs of people agree
  EXPECT_NEAR(accuracy.at("always the earlier image"), 0.5, 1e-9);
}

TEST_F(EvalCli, RefusesToWriteOverAJournalAndToResumeAnotherRun) {
  eval_linear("out", {"-q"});
  const Ran again = eval_linear("out");
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("--resume continues it"));
  const Ran other = eval_linear("out", {"--resume", "--seed", "5"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("seed was 0 and is 5"));
  const Ran resumed = eval_linear("out", {"--resume"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("12 examples are finished"));
}

TEST_F(EvalCli, RefusesFilesOfTheCommandLineBeforeItLoadsAModel) {
  eval_linear("out");
  const auto refusal = [&](Words words) {
    words.insert(words.begin(), {"eval", "votes.jsonl", "--model", "nosuch"});
    const Ran ran = juror(words);
    EXPECT_EQ(ran.code, 2) << ran.err;
    return ran.err;
  };
  EXPECT_THAT(refusal({"--output-dir", "out"}), HasSubstr("--resume continues it"));
  EXPECT_THAT(refusal({"--output-dir", "new", "--resume"}), HasSubstr("nothing to resume"));
  EXPECT_THAT(refusal({"--linear", "gone.json"}), HasSubstr("'gone.json'"));
}

TEST_F(EvalCli, LeavesAnUnreadablePictureOutAndSaysSoWithExitCodeThree) {
  eval_linear("before", {"-q"});  // trains on the whole pictures
  folder_.write("sharp3.png", "no picture");
  const Ran ran = eval_linear("out");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("sharp3.png"));
  EXPECT_THAT(ran.out, HasSubstr("11 examples"));
  EXPECT_THAT(ran.out, HasSubstr("1 examples left out"));
}

TEST_F(EvalCli, TrainsALinearScorerWithoutAnUnreadablePictureAndSaysSoWithExitCodeThree) {
  folder_.write("sharp3.png", "no picture");
  const Ran ran = juror({"train", "linear", "votes.jsonl", "-o", "linear.json"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("'3' is left out: "));
  EXPECT_THAT(ran.err, HasSubstr("A linear scorer of 11 pairs"));
  EXPECT_EQ(Json::parse(read_file(folder_.path() / "linear.json"))["pairs"], 11);
}

TEST_F(EvalCli, IsOfficialOnlyOfAWholeDataSetAndSaysWhyNot) {
  const auto official = [&](const std::string& out) {
    return Json::parse(read_file(folder_.path() / out / "summary.json"))["official"];
  };
  EXPECT_THAT(eval_linear("whole").out, Not(HasSubstr("official")));
  EXPECT_EQ(official("whole"), true);
  EXPECT_THAT(eval_linear("limited", {"--limit", "5"}).out,
              HasSubstr("Not the official number: --limit 5 rows.\n"));
  EXPECT_EQ(official("limited"), false);
  EXPECT_THAT(eval_linear("own", {"--split", "train"}).out,
              HasSubstr("the split 'train' is Juror's own division of 'votes.jsonl'"));
  EXPECT_EQ(official("own"), false);
  folder_.write("sharp3.png", "no picture");
  EXPECT_THAT(eval_linear("failed").out,
              HasSubstr("Not the official number: 1 examples could not be judged.\n"));
  EXPECT_EQ(official("failed"), false);
}

TEST_F(EvalCli, IsAGateWithMinAccuracy) {
  EXPECT_EQ(eval_linear("a", {"--min-accuracy", "0.99", "-q"}).code, 0);
  const Ran failed =
      juror({"eval", "votes.jsonl", "--model", "linear.json", "--orders", "given", "--output-dir",
             "b", "--min-accuracy", "1", "--tie-band", "0.5", "--protocol", "pickapic"});
  EXPECT_EQ(failed.code, 6) << failed.err;  // everything is called a tie: half a point each
}

TEST_F(EvalCli, PutsAUsersScoresIntoTheTable) {
  std::string scores;
  for (int i = 0; i < 12; ++i) {
    scores += Json{{"image", name("sharp", i)}, {"score", 0}}.dump() + "\n" +
              Json{{"image", name("blurred", i)}, {"score", 1}}.dump() + "\n";
  }
  folder_.write("mine.jsonl", scores);
  const Json rows =
      Json::parse(eval_linear("out", {"--scores", "mine.jsonl", "--json"}).out)["rows"];
  EXPECT_EQ(rows[1]["name"], "mine.jsonl");
  EXPECT_EQ(rows[1]["accuracy"], 0.0);
}

TEST_F(EvalCli, RefusesAWrongFileOfScoresBeforeItJudgesAndWarnsOfAnIncompleteOne) {
  folder_.write("long.jsonl", "{\"id\":\"3\",\"scores\":[1,2,3]}\n");
  const Ran ran = eval_linear("out", {"--scores", "long.jsonl"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err,
              HasSubstr("long.jsonl:1: the example '3' has 2 images, and 3 scores stand here"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out"));
  folder_.write("other.jsonl", "{\"id\":\"other\",\"scores\":[1,2]}\n");
  const Ran other = eval_linear("out", {"--scores", "other.jsonl"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("scores no image of the 12 examples"));
  folder_.write("some.jsonl", "{\"id\":\"3\",\"scores\":[1,2]}\n");
  const Ran some = eval_linear("out", {"--scores", "some.jsonl"});
  EXPECT_EQ(some.code, 0);
  EXPECT_THAT(some.err, HasSubstr("scores all images of 1 of 12 examples"));
}

TEST_F(EvalCli, ComparesAndCalibratesFromJournals) {
  eval_linear("a", {"-q"});
  const Ran compared = juror({"eval", "compare", "a/journal.jsonl", "a/journal.jsonl", "--json"});
  EXPECT_EQ(Json::parse(compared.out)["metrics"][0]["real"], false);
  EXPECT_EQ(Json::parse(compared.out)["metrics"][0]["difference"], 0.0);
  const Ran calibrated = juror({"eval", "calibrate", "a/journal.jsonl", "--json"});
  EXPECT_EQ(calibrated.code, 0) << calibrated.err;
  const double temperature =
      Json::parse(read_file(folder_.path() / "a/calibration.json"))["temperature"];
  const Json json =
      Json::parse(eval_linear("b", {"--calibration", "a/calibration.json", "--json"}).out);
  EXPECT_EQ(json["calibration"]["temperature"], temperature);
  EXPECT_LE(json["judge"]["brier"].get<double>(),
            json["judge"]["uncalibrated"]["brier"].get<double>());
  EXPECT_EQ(json["options"]["calibration"]["temperature"], temperature);
  const Json both =
      Json::parse(juror({"eval", "compare", "a/journal.jsonl", "b/journal.jsonl", "--json"}).out);
  EXPECT_EQ(both["first_calibration"]["temperature"], 1.0);
  EXPECT_EQ(both["second_calibration"]["temperature"], temperature);
  EXPECT_THAT(juror({"eval", "compare", "a/journal.jsonl", "b/journal.jsonl"}).out,
              HasSubstr("calibrations: the first temperature 1.000, tie band 0.000; the second"));
  const Ran resumed = eval_linear("b", {"--resume"});
  EXPECT_EQ(resumed.code, 2);
  EXPECT_THAT(resumed.err, HasSubstr("calibration was {"));
}

TEST_F(EvalCli, RefusesToResumeWithATemplateThatSaysSomethingElse) {
  const auto eval = [&](const Words& more) {
    Words words = {"eval",         "votes.jsonl", "--no-think",        "--limit", "1",
                   "--output-dir", "out",         "--prompt-template", "own.toml"};
    words.insert(words.end(), more.begin(), more.end());
    return juror(words);
  };
  std::string own =
      read_file(std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini/juror_template.toml");
  folder_.write("own.toml", own);
  ASSERT_EQ(eval({}).code, 0);
  folder_.write("own.toml", "# a remark changes nothing\n" + own);
  EXPECT_EQ(eval({"--resume"}).code, 0);
  own.replace(own.find("crops = 4"), 9, "crops = 3");
  folder_.write("own.toml", own);
  const Ran other = eval({"--resume"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("prompt_hash was"));
}

TEST_F(EvalCli, DryRunCountsAndWritesNothing) {
  const Json json = Json::parse(eval_linear("out", {"--dry-run", "--json"}).out);
  EXPECT_EQ(json["examples"], 12);
  EXPECT_EQ(json["comparisons"], 12);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out"));
}

/// Twenty scenes, each blurred more than the one before, with ratings that fall with the blur.
class RatingsCli : public ::testing::Test {
 protected:
  RatingsCli() {
    std::string table = "file;mos;std;split\n";
    for (int i = 0; i < 20; ++i) {
      const Image sharp = testing::make_scene(64, 48, i);
      const int width = 64 - 2 * i;
      const Image blurred = resize_bicubic(resize_bicubic(sharp, {width, 3 * width / 4}), {64, 48});
      write_file_atomic(folder_.path() / fmt::format("{}.png", i), encode_png(blurred));
      table += fmt::format("{}.png;{},5;15,5;{}\n", i, 90 - 4 * i, i % 2 == 0 ? "train" : "test");
    }
    folder_.write("mos.csv", table);
  }
  Ran juror(Words words) const {
    words.insert(words.end(), {"--threads", "1"});
    return run({.folder = folder_.path()}, words);
  }
  const TempFolder folder_;
};

TEST_F(RatingsCli, ALinearScorerIsFittedAndMeasuredOnOtherImages) {
  const Ran trained =
      juror({"train", "linear", ".", "--dataset.split", "train", "-o", "linear.json"});
  EXPECT_EQ(trained.code, 0) << trained.err;
  const Words words = {"eval", ".",       "--protocol",  "opinion",      "--split",
                       "test", "--model", "linear.json", "--output-dir", "out"};
  const Ran ran = juror(words);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("10 images; intervals are over images."));
  EXPECT_THAT(ran.out, HasSubstr("one person (modelled)"));
  EXPECT_THAT(ran.out, HasSubstr("modelled: Φ(Δ/√(s₁²+s₂²))"));
  const Json summary = Json::parse(read_file(folder_.path() / "out/summary.json"));
  EXPECT_EQ(summary["official"], true) << summary["unofficial"];
  EXPECT_EQ(summary["opinion"]["images"].size(), 10U);
  EXPECT_GT(summary["rows"][0]["accuracy"].get<double>(), 0.6);
  EXPECT_THAT(read_file(folder_.path() / "out/journal.jsonl"),
              HasSubstr("\"share_from\":\"modelled\""));
  const Ran page = juror({"report", "out"});
  EXPECT_EQ(page.code, 0) << page.err;
  const std::string html = read_file(folder_.path() / "out/report.html");
  EXPECT_THAT(html, HasSubstr("Against mean opinions"));
  EXPECT_THAT(html, HasSubstr("By difference of the means: one person (modelled)"));
  EXPECT_THAT(html, HasSubstr("modelled: Φ"));
  EXPECT_EQ(page.err.find("lacks pictures"), std::string::npos) << page.err;
}

TEST_F(RatingsCli, TheProtocolIsRefusedWhereNothingIsRated) {
  folder_.write("votes.jsonl",
                R"({"id":"1","prompt":"","images":["0.png","1.png"],"ranking":[1,2]})");
  const Ran ran =
      juror({"eval", "votes.jsonl", "--protocol", "opinion", "--model", "linear", "-q"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("compares with mean ratings of single images, and 'votes.jsonl'"));
}

}  // namespace
}  // namespace juror
