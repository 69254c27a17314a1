// A user's scores: the shapes that are read, how images are found, what is refused.
#include "eval/scores_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/eval_fixtures.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const PreferenceExample kExample{.id = "x", .images = {"test/a.jpg", "test/b.jpg"}};

std::vector<double> scores(const std::string& text) {
  const TempFolder folder;
  return ScoresFile(folder.write("scores.jsonl", text)).scores_of(kExample);
}

TEST(ScoresFile, FindsImagesByTheirNameOrItsLastPart) {
  EXPECT_THAT(
      scores("{\"image\":\"a.jpg\",\"score\":1.5}\n{\"image\":\"test/b.jpg\",\"score\":-2}\n"),
      ElementsAre(1.5, -2));
}

TEST(ScoresFile, PrefersTheScoreOfTheExampleItself) {
  EXPECT_THAT(scores("{\"image\":\"a.jpg\",\"score\":1}\n{\"id\":\"x\",\"image\":\"a.jpg\","
                     "\"score\":2}\n{\"image\":"
                     "\"b.jpg\",\"score\":3}\n"),
              ElementsAre(2, 3));
}

TEST(ScoresFile, TakesAListForAnExample) {
  EXPECT_THAT(scores("{\"id\":\"x\",\"scores\":[4,5]}\n"), ElementsAre(4, 5));
}

TEST(ScoresFile, SaysNothingOfAnImageThatItDoesNotHave) {
  EXPECT_TRUE(std::isnan(scores("{\"image\":\"a.jpg\",\"score\":1}\n")[1]));
  EXPECT_TRUE(std::isnan(scores("{\"id\":\"other\",\"image\":\"a.jpg\",\"score\":1}\n")[0]));
}

TEST(ScoresFile, NamesTheLineThatIsWrong) {
  const auto refusal = [](const std::string& text) {
    return refusal_of([&] { scores(text); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal("\n"), HasSubstr("holds no score"));
  EXPECT_THAT(refusal("nonsense\n"), HasSubstr(":1: not a JSON object"));
  EXPECT_THAT(refusal("\n{\"image\":\"a.jpg\"}\n"),
              HasSubstr(":2: 'image' and 'score' are expected"));
  EXPECT_THAT(refusal("{\"image\":\"a.jpg\",\"score\":\"high\"}\n"),
              HasSubstr("a score is \"high\""));
  const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
  EXPECT_THAT(refusal("{\"id\":\"x\",\"scores\":[" + deep + "]}\n"),
              HasSubstr(":1: not a JSON object"));
  EXPECT_THAT(refusal("{\"scores\":[1]}\n"), HasSubstr("needs the 'id'"));
  EXPECT_THAT(refusal("{\"id\":\"x\",\"scores\":[1]}\n"),
              HasSubstr("scores.jsonl:1: the example 'x' has 2 images, and 1 scores stand here"));
  EXPECT_THAT(refusal("{\"id\":\"x\",\"scores\":[]}\n{\"id\":\"x\",\"scores\":[]}\n"),
              HasSubstr(":2: the example 'x' has scores in an earlier line"));
  EXPECT_THAT(refusal("{\"image\":\"a\",\"score\":1}\n{\"image\":\"a\",\"score\":2}\n"),
              HasSubstr("'a' has another score"));
}

ScoresCoverage coverage(const std::string& text) {
  const TempFolder folder;
  testing::RowsInMemory reader({testing::row("x", "p", {"a", "b"}, {1, 2}),
                                testing::row("y", "q", {"c", "d"}, {1, 2}),
                                testing::row("z", "r", {"e", "f"}, {1, 2})});
  return cover(reader, ScoresFile(folder.write("scores.jsonl", text)));
}

TEST(Cover, CountsTheExamplesOfWhichEveryImageHasAScore) {
  const ScoresCoverage some = coverage(
      "{\"id\":\"x\",\"scores\":[1,2]}\n{\"image\":\"c\",\"score\":1}\n"
      "{\"id\":\"elsewhere\",\"scores\":[1]}\n");
  EXPECT_EQ(some.examples, 3);
  EXPECT_EQ(some.scored, 1);
}

TEST(Cover, RefusesAListOfAnotherLengthAndAFileOfOtherData) {
  const auto refusal = [](const std::string& text) {
    return refusal_of([&] { coverage(text); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal("{\"id\":\"x\",\"scores\":[1,2]}\n{\"id\":\"z\",\"scores\":[1,2,3]}\n"),
              HasSubstr("scores.jsonl:2: the example 'z' has 2 images, and 3 scores stand here"));
  EXPECT_THAT(refusal("{\"id\":\"other\",\"scores\":[1,2]}\n"),
              HasSubstr("scores no image of the 3 examples: it names neither their ids nor their "
                        "images. The first is 'x' with the image 'a'."));
}

}  // namespace
}  // namespace juror
