// Pictures on their way from the command line to the model: what is shown of them, what is refused,
// and their names on terminals and in JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>

#include "base/base64.h"
#include "data/pictures.h"
#include "image/encode.h"
#include "subprocess.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

std::string rgba_png(int width, int height, const std::vector<std::uint8_t>& rgba) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(width);
  header.height = static_cast<png_uint_32>(height);
  header.format = PNG_FORMAT_RGBA;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  png_image_write_to_memory(&header, bytes.data(), &size, 0, rgba.data(), 0, nullptr);
  bytes.resize(size);
  return bytes;
}

/// A dark square on nothing; beneath the transparency white, or noise that nobody can see.
std::string square_on_nothing(bool noise) {
  constexpr int kSide = 120;
  std::vector<std::uint8_t> rgba;
  for (int i = 0; i < kSide * kSide; ++i) {
    const int x = i % kSide, y = i / kSide;
    const bool inside = x > 30 && x < 90 && y > 30 && y < 90;
    for (int c = 0; c < 3; ++c) {
      const int beneath = noise ? (i * 7919 + c * 104729) % 251 : 255;
      rgba.push_back(static_cast<std::uint8_t>(inside ? 40 : beneath));
    }
    rgba.push_back(inside ? 255 : 0);
  }
  return rgba_png(kSide, kSide, rgba);
}

class PicturesOfCli : public ::testing::Test {
 protected:
  PicturesOfCli() {
    folder_.write("white.png", square_on_nothing(false));
    folder_.write("noise.png", square_on_nothing(true));
    folder_.write("a.png", encode_png(testing::make_scene(96, 72, 0)));
    folder_.write("b.png", encode_png(testing::make_scene(96, 72, 1)));
    folder_.write("strip.png", encode_png(testing::make_scene(2, 402, 2)));
  }
  Ran juror(const Words& words) const { return run({.folder = folder_.path()}, words); }
  Ran judge(Words words) const {
    words.insert(words.end(), {"--no-think", "--threads", "1"});
    return juror(words);
  }
  const TempFolder folder_;
};

const std::string kOtherModel =
    std::string(JUROR_SOURCE_DIR) + "/tests/golden/checkpoints/untied_odd_f32";

TEST_F(PicturesOfCli, ColoursUnderTransparencyAreNotJudgedAndTheGroundIsSaidOnce) {
  const Ran white = judge({"compare", "", "white.png", "noise.png", "--json"});
  ASSERT_EQ(white.code, 0) << white.err;
  const Json json = Json::parse(white.out);
  EXPECT_NEAR(json["p"], 0.5, 1e-6);
  EXPECT_EQ(json["background"], "white");
  EXPECT_THAT(white.err, HasSubstr("shown on white, as 'white.png' (--background)"));
  EXPECT_THAT(white.err, Not(HasSubstr("'noise.png' (--background)")));
  const Ran black =
      judge({"rank", "", "white.png", "noise.png", "--background", "black", "--json"});
  EXPECT_EQ(Json::parse(black.out)["background"], "black");
  EXPECT_THAT(black.err, HasSubstr("shown on black"));
  EXPECT_THAT(judge({"rank", "", "a.png", "b.png"}).err, Not(HasSubstr("--background")));
  const Ran wrong = judge({"compare", "", "a.png", "b.png", "--background", "grey"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("'grey'"));
}

TEST_F(PicturesOfCli, TheLimitOfPixelsThatAMessageNamesCanBeMoved) {
  const Ran refused =
      judge({"compare", "", "a.png", "b.png", "--max-image-pixels", "6000", "--json"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("'a.png'"), HasSubstr("the limit is 6000"),
                                 HasSubstr("--max-image-pixels")));
  EXPECT_EQ(judge({"compare", "", "a.png", "b.png", "--max-image-pixels", "6912"}).code, 0);
  for (const char* verb : {"compare", "rank", "eval", "inspect"}) {
    Words words = {verb, "--help"};
    if (words[0] == "inspect") words.insert(words.begin() + 1, "image");
    EXPECT_THAT(juror(words).out, HasSubstr("--max-image-pixels"));
  }
}

TEST_F(PicturesOfCli, APictureThatIsTooNarrowIsNamed) {
  const Ran ran = judge({"rank", "a box", "a.png", "strip.png", "b.png", "--model", kOtherModel});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("'strip.png': a picture of 2 x 402 pixels is too narrow"));
}

TEST_F(PicturesOfCli, InspectShowsTheViewsOfTheTemplate) {
  const Json mini = Json::parse(juror({"inspect", "image", "white.png", "--json"}).out);
  const Json& shown = mini["images"][0];
  EXPECT_EQ(shown["transparent"], true);
  ASSERT_GE(shown["views"].size(), 2U);  // mini: an overview and details
  EXPECT_EQ(shown["views"][0]["view"], "whole");
  for (const char* key : {"resized_size", "grid_thw", "patches"})
    EXPECT_EQ(shown[key], shown["views"][0][key]) << key;
  EXPECT_EQ(shown["views"][0]["source"], Json::array({0, 0, 120, 120}));
  EXPECT_EQ(shown["views"][1]["view"], "detail");
  std::int64_t tokens = 0;
  for (const Json& view : shown["views"]) tokens += view["tokens"].get<std::int64_t>();
  EXPECT_EQ(shown["tokens"], tokens);
  const Json other =
      Json::parse(juror({"inspect", "image", "a.png", "--model", kOtherModel, "--json"}).out);
  EXPECT_EQ(other["images"][0]["views"].size(), 1U);
}

TEST_F(PicturesOfCli, InspectRefusesWhatRankRefuses) {
  for (const std::string& model : {std::string("mini"), kOtherModel}) {
    const Ran rank =
        judge({"rank", "a box", "a.png", "strip.png", "b.png", "--model", model, "--json"});
    const Ran inspect =
        juror({"inspect", "image", "a.png", "strip.png", "b.png", "--model", model, "--json"});
    const Json ranked = Json::parse(rank.out)["errors"],
               inspected = Json::parse(inspect.out)["errors"];
    ASSERT_EQ(ranked.size(), inspected.size()) << model;
    EXPECT_EQ(rank.code, inspect.code);
    for (std::size_t i = 0; i < ranked.size(); ++i)
      EXPECT_EQ(ranked[i]["error"], inspected[i]["message"]);
  }
}

TEST_F(PicturesOfCli, AListOfResultsComesAsCsvAndAsLinesOfJson) {
  const std::string quoted = "a, \"b\".png";
  folder_.write(quoted, encode_png(testing::make_scene(96, 72, 3)));
  const Ran csv = judge({"rank", "", "a.png", quoted, "--csv"});
  ASSERT_EQ(csv.code, 0) << csv.err;
  EXPECT_THAT(csv.out, HasSubstr("index,image,position,rank,tied_with,score,ci,reason\r\n"));
  EXPECT_THAT(csv.out, HasSubstr("1,\"a, \"\"b\"\".png\","));
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 3);
  const Ran lines = juror({"inspect", "image", "a.png", "--jsonl"});
  const Json first = Json::parse(lines.out.substr(0, lines.out.find('\n')));
  EXPECT_EQ(first["schema"], 1);
  EXPECT_EQ(first["image"], "a.png");
  EXPECT_EQ(first["view"], "whole");
}

TEST_F(PicturesOfCli, HelpListsTheFormatsThatACommandHas) {
  EXPECT_THAT(juror({"rank", "--help"}).out, AllOf(HasSubstr("--json"), HasSubstr("--csv")));
  EXPECT_THAT(juror({"compare", "--help"}).out,
              AllOf(HasSubstr("--json"), Not(HasSubstr("--csv")), Not(HasSubstr("--jsonl"))));
}

TEST_F(PicturesOfCli, AMisspeltVariableIsToldByEveryCommand) {
  const Start start{.folder = folder_.path(), .variables = {{"JUROR_THREDS", "1"}}};
  EXPECT_THAT(run(start, {"models"}).err, HasSubstr("Did you mean 'JUROR_THREADS'?"));
  const Start other{.folder = folder_.path(), .variables = {{"JUROR_ZZZZZZZZZZZZZZ", "1"}}};
  EXPECT_THAT(run(other, {"models"}).err, HasSubstr("JUROR_ZZZZZZZZZZZZZZ means nothing"));
  const Start right{.folder = folder_.path(), .variables = {{"JUROR_VOTES", "3"}}};
  EXPECT_EQ(run(right, {"models"}).err, "");
}

TEST_F(PicturesOfCli, SynthSaysHowToTakeEveryPhotoOfAFolder) {
  const Ran ran = juror({"synth", "out", "--photos", "."});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("'.' has no subfolder 'train'"),
                             HasSubstr("--photos '.' --split all")));
}

TEST_F(PicturesOfCli, NamesWithEscapesAndBytesThatAreNoUtf8AreShownHarmlessAndKeptExactly) {
  const std::string name = "caf\xe9\x1b[31m.png";
  folder_.write(name, encode_png(testing::make_scene(96, 72, 3)));
  folder_.write("\x1b[2J.png", "no picture");
  const Ran table = judge({"rank", "", "a.png", name, "\x1b[2J.png"});
  EXPECT_THAT(table.out + table.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(table.out, HasSubstr("caf\\xe9\\x1b[31m.png"));
  EXPECT_THAT(table.err, HasSubstr("'\\x1b[2J.png'"));
  const Ran pair = judge({"compare", "", "a.png", name});
  EXPECT_THAT(pair.out + pair.err, Not(HasSubstr("\x1b")));
  const Ran gone = judge({"compare", "", "a.png", "\x1b[3Jgone.png"});
  EXPECT_THAT(gone.err, AllOf(Not(HasSubstr("\x1b")), HasSubstr("\\x1b[3Jgone.png")));

  const Json json = Json::parse(judge({"compare", "", "a.png", name, "--json"}).out);
  EXPECT_EQ(json["images"][1], "caf\ufffd\x1b[31m.png");
  EXPECT_EQ(json["images_base64"], Json::array({base64("a.png"), base64(name)}));
  const Json ranked = Json::parse(judge({"rank", "", "a.png", name, "--json"}).out);
  for (const Json& one : ranked["results"]) {
    EXPECT_EQ(one.contains("image_base64"), one["index"] == 1);
    if (one["index"] == 1) EXPECT_EQ(one["image_base64"], base64(name));
  }
}

}  // namespace
}  // namespace juror
