// A user's scores: the shapes that are read, how images are found, what is refused.
#include "eval/scores_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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
  EXPECT_THAT(refusal("{\"scores\":[1]}\n"), HasSubstr("needs the 'id'"));
  EXPECT_THAT(refusal("{\"id\":\"x\",\"scores\":[1]}\n"),
              HasSubstr("1 scores for the 2 images of 'x'"));
  EXPECT_THAT(refusal("{\"image\":\"a\",\"score\":1}\n{\"image\":\"a\",\"score\":2}\n"),
              HasSubstr("'a' has another score"));
}

}  // namespace
}  // namespace juror
