// Rankings and journals read back for writers.
#include "judge/judged_rankings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "records/journal.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

Json result(std::size_t index, const std::string& image, int position) {
  return {{"index", index},          {"image", image},   {"position", position},    {"rank", 1},
          {"score", 1.0 / position}, {"ci", {0.1, 0.9}}, {"reason", "why " + image}};
}

Json make_ranking() {
  const Json vote = {
      {"order", "ji"}, {"thinking", "Image 1: b."}, {"answer", "2"}, {"p", 0.25}, {"status", "ok"}};
  return {{"schema", 1},
          {"prompt", "a hat"},
          {"model", "mini"},
          {"results", Json::array({result(1, "b.jpg", 1), result(0, "a.jpg", 2)})},
          {"comparisons",
           Json::array(
               {{{"pair", {0, 1}}, {"p", 0.75}, {"tie", false}, {"votes", Json::array({vote})}}})}};
}

TEST(ReadJudged, ReadsARankingInTheOrderOfItsIndices) {
  const TempFolder folder;
  const JudgedRankings read = read_judged(folder.write("hats.json", make_ranking().dump(2)));
  ASSERT_EQ(read.groups.size(), 1U);
  const JudgedGroup& group = read.groups[0];
  EXPECT_EQ(group.id, "hats");
  EXPECT_EQ(group.prompt, "a hat");
  EXPECT_EQ(group.judge, "mini");
  EXPECT_EQ(group.images[0].name, "a.jpg");
  EXPECT_EQ(group.images[1].position, 1);
  EXPECT_EQ(group.images[1].reason, "why b.jpg");
  EXPECT_EQ(group.pairs[0].votes_first, 1);  // 0.25 for the one shown first, which is the second
  EXPECT_THAT(group.pairs[0].thinking, ElementsAre("", "Image 1: b."));
}

TEST(ReadJudged, TakesSeveralRankingsALineEach) {
  const TempFolder folder;
  const std::string line = make_ranking().dump() + "\n";
  EXPECT_EQ(read_judged(folder.write("a.jsonl", line + line)).groups.size(), 2U);
}

TEST(ReadJudged, NamesThatAreNoUtf8ComeFromTheirExactForm) {
  const TempFolder folder;
  Json ranking = make_ranking();
  ranking["results"][0]["image_base64"] = base64("b\n\xe9.jpg");
  EXPECT_EQ(read_judged(folder.write("r.json", ranking.dump())).groups[0].images[1].name,
            "b\n\xe9.jpg");
}

TEST(ReadJudged, RefusesWhatIsNoRankingByFileAndKey) {
  const TempFolder folder;
  const auto refused = [&](const Json& json) {
    return refusal_of([&] { read_judged(folder.write("r.json", json.dump())); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refused({{"a", 1}}), HasSubstr("r.json' holds no ranking"));
  Json ranking = make_ranking();
  ranking["results"][0].erase("score");
  EXPECT_THAT(refused(ranking), HasSubstr("score"));
  ranking = make_ranking();
  ranking["results"][0]["index"] = 0;
  EXPECT_THAT(refused(ranking), HasSubstr("the index 0 stands twice"));
  ranking = make_ranking();
  ranking["comparisons"][0]["pair"] = {0, 2};
  EXPECT_THAT(refused(ranking), HasSubstr("does not name two of the 2 images"));
}

/// A journal with one example of three images, all pairs.
std::string make_journal() {
  EvalExample example{.id = "x",
                      .prompt = "a cup",
                      .images = {"a", "b", "c"},
                      .sizes = std::vector<PictureSize>(3),
                      .generators = {"f", "g", "h"},
                      .ranks = {1, 2, 3}};
  for (const auto& [first, second, p] :
       {std::tuple{0U, 1U, 0.55}, std::tuple{0U, 2U, 0.9}, std::tuple{1U, 2U, kUnknown}}) {
    EvalPair pair{.first = first, .second = second};
    pair.result = {.status = PairStatus::kOk, .p = p, .p_ij = p, .p_ji = p};
    example.pairs.push_back(pair);
  }
  const Json calibration = {{"temperature", 1.0}, {"tie_band", 0.1}};
  std::string text =
      Json{{"schema", 1}, {"eval", {{"model", "m"}, {"calibration", calibration}}}}.dump() + "\n";
  for (std::size_t i = 0; i < 3; ++i) text += record_json(example, i, {"m", 0}).dump() + "\n";
  return text;
}

TEST(ReadJudged, RanksTheExamplesOfAJournalAndReadsTheirPairsByItsCalibration) {
  const TempFolder folder;
  const JudgedRankings read = read_judged(folder.write("journal.jsonl", make_journal()));
  ASSERT_EQ(read.groups.size(), 1U);
  const JudgedGroup& group = read.groups[0];
  EXPECT_EQ(group.images[0].position, 1);
  EXPECT_EQ(group.images[2].position, 3);
  EXPECT_EQ(group.images[1].generator, "g");
  EXPECT_TRUE(group.pairs[0].tie);
  EXPECT_FALSE(group.pairs[1].tie);
  EXPECT_TRUE(std::isnan(group.pairs[2].p));
  EXPECT_EQ(group.judge, "m");
}

TEST(ReadJudged, AJournalThatWasCutLosesOnlyTheExampleThatIsNotWhole) {
  const TempFolder folder;
  std::string text = make_journal(), more = make_journal();
  more = more.substr(more.find('\n') + 1);
  for (std::size_t at = 0; (at = more.find("\"x\"", at)) != std::string::npos;)
    more.replace(at, 3, "\"y\"");
  text += more.substr(0, more.size() - 40);
  const JudgedRankings read = read_judged(folder.write("journal.jsonl", text));
  EXPECT_EQ(read.groups.size(), 1U);
  EXPECT_EQ(read.unfinished, 1);
}

TEST(FindPictures, LooksUnderTheRootThenHereThenBesideTheRankingAndLeavesMissingOnes) {
  const TempFolder folder;
  std::filesystem::create_directory(folder.path() / "root");
  folder.write("root/a.jpg", "from the root");
  folder.write("a.jpg", "beside");
  JudgedRankings read = read_judged(folder.write("r.json", make_ranking().dump()));
  std::vector<JudgedGroup> groups;
  find_pictures(read, {.root = folder.path() / "root"},
                [&](JudgedGroup& group) { groups.push_back(group); });
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].images[0].file, folder.path() / "root" / "a.jpg");
  const auto bytes = groups[0].images[0].source.read();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "from the root");
  EXPECT_FALSE(groups[0].images[1].source.read);
}

}  // namespace
}  // namespace juror
