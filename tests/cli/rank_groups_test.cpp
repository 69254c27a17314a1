// juror rank on a budget and rank --from, end to end, by a server that judges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.h"
#include "image/encode.h"
#include "judge/chat_server.h"
#include "subprocess.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using testing::ChatServer;
using testing::FakeModel;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

class RankGroupsCli : public ::testing::Test {
 protected:
  RankGroupsCli() {
    for (int i = 0; i < 4; ++i) draw(std::to_string(i) + ".png", i);
    write_groups("a bicycle");
  }

  void draw(const std::string& name, int scene) const {
    write_file_atomic(folder_.path() / name, encode_png(testing::make_scene(64, 48, scene)));
  }
  /// Two groups of three pictures; the last picture of the second may be gone.
  void write_groups(const std::string& first_prompt) const {
    folder_.write(
        "groups.jsonl",
        Json{{"id", "a"}, {"prompt", first_prompt}, {"images", {"0.png", "1.png", "2.png"}}}
                .dump() +
            "\n" + Json{{"id", "b"}, {"prompt", "a hat"}, {"images", {"2.png", "3.png"}}}.dump() +
            "\n");
  }
  Ran juror(Words words) const { return juror(server_, std::move(words)); }
  Ran juror(const ChatServer& server, Words words) const {
    words.insert(words.end(), {"--judge-url", server.url(), "--judge-backoff-s", "0.002",
                               "--judge-retries", "2", "--votes", "1"});
    return run({.folder = folder_.path(),
                .variables = {{"JUROR_MINI", JUROR_SOURCE_DIR "/models/mini"}},
                .program = JUROR_PROGRAM},
               words);
  }
  Ran rank(Words more = {}) const {
    Words words = {"rank", "--from", "groups.jsonl", "--output-dir", "out"};
    words.insert(words.end(), more.begin(), more.end());
    return juror(words);
  }
  Ran resume() const { return rank({"--resume"}); }
  /// The rankings by id; a test fails where an id stands twice.
  std::map<std::string, Json> rankings() const {
    std::map<std::string, Json> all;
    std::istringstream lines(read_file(folder_.path() / "out/rankings.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const Json json = Json::parse(line);
      EXPECT_TRUE(all.emplace(json["id"], json).second) << line;
    }
    return all;
  }
  std::size_t asked() const { return server_.requests().size(); }
  /// Questions with pictures of ours; a server is also asked what it can do.
  static std::int64_t asked_about(const ChatServer& server, const std::string& words) {
    const auto requests = server.requests();
    return std::count_if(requests.begin(), requests.end(), [&](const testing::ServedRequest& one) {
      return one.body.find(words) != std::string::npos;
    });
  }

  TempFolder folder_;
  ChatServer server_{FakeModel{}};
};

TEST_F(RankGroupsCli, AResumedRunAsksForNothingThatItHas) {
  ASSERT_EQ(rank().code, 0);
  const std::string before = read_file(folder_.path() / "out/rankings.jsonl");
  const Ran again = resume();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("2 of 2 groups ranked (2 before), 0 failed, 0 comparisons"));
  EXPECT_EQ(read_file(folder_.path() / "out/rankings.jsonl"), before);
}

TEST_F(RankGroupsCli, AGroupWithAnotherPromptIsRankedAnewAndSaidSo) {
  ASSERT_EQ(rank().code, 0);
  write_groups("a tricycle");
  const Ran again = resume();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("1 of the groups ranked before has another prompt or other "
                                   "pictures now ('a') and is ranked anew"));
  EXPECT_THAT(again.out, HasSubstr("2 of 2 groups ranked (1 before), 0 failed, 3 comparisons"));
  EXPECT_EQ(rankings().at("a")["prompt"], "a tricycle");
}

TEST_F(RankGroupsCli, AGroupWithAnotherPictureUnderTheSameNameIsRankedAnew) {
  ASSERT_EQ(rank().code, 0);
  draw("3.png", 7);
  const Ran again = resume();
  EXPECT_THAT(again.err, HasSubstr("('b')"));
  EXPECT_THAT(again.out, HasSubstr("2 of 2 groups ranked (1 before), 0 failed, 1 comparisons"));
  EXPECT_EQ(rankings().size(), 2U);
}

TEST_F(RankGroupsCli, ComparisonsOfAChangedGroupThatWasNotFinishedAreMadeAgain) {
  ASSERT_EQ(rank().code, 0);
  std::filesystem::remove(folder_.path() / "out/rankings.jsonl");  // as if killed before the end
  write_groups("a tricycle");
  const Ran again = resume();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("2 of 2 groups ranked (0 before), 0 failed, 3 comparisons"));
}

TEST_F(RankGroupsCli, AFailedGroupIsTriedAgainAndTheExitCodeTellsWhileItFails) {
  std::filesystem::remove(folder_.path() / "3.png");
  EXPECT_EQ(rank().code, 3);
  EXPECT_TRUE(rankings().at("b").contains("error"));
  const Ran still = resume();
  EXPECT_EQ(still.code, 3) << still.err;
  EXPECT_THAT(still.err, HasSubstr("1 group failed before and is tried again"));
  EXPECT_THAT(still.out, HasSubstr("1 of 2 groups ranked (1 before), 1 failed"));
  draw("3.png", 3);
  const Ran mended = resume();
  EXPECT_EQ(mended.code, 0) << mended.err;
  EXPECT_TRUE(rankings().at("b").contains("results"));
}

TEST_F(RankGroupsCli, APictureThatCannotBeReadKeepsTheExitCodeWhenResumed) {
  std::filesystem::remove(folder_.path() / "1.png");
  EXPECT_EQ(rank().code, 3);
  const Ran again = resume();
  EXPECT_EQ(again.code, 3) << again.out;
  EXPECT_THAT(again.out, HasSubstr("2 of 2 groups ranked (2 before), 0 failed, 0 comparisons, "
                                   "1 pictures unreadable"));
}

TEST_F(RankGroupsCli, AHeaderThatWasCutIsWrittenAnewWhereNothingIsLost) {
  std::filesystem::create_directories(folder_.path() / "out");
  folder_.write("out/journal.jsonl", R"({"rank":{"from":"gro)");
  const Ran ran = resume();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("ends within its first line"));
  EXPECT_THAT(read_file(folder_.path() / "out/journal.jsonl"),
              ::testing::StartsWith("{\"rank\":{"));
  EXPECT_EQ(rank({"--resume", "--temperature", "0.5"}).code, 2);
}

TEST_F(RankGroupsCli, AHeaderThatWasCutBesideRankingsIsRefused) {
  ASSERT_EQ(rank().code, 0);
  const std::string journal = read_file(folder_.path() / "out/journal.jsonl");
  folder_.write("out/journal.jsonl", journal.substr(0, 30));
  const Ran ran = resume();
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("ends within its first line, so the options under which the "
                                 "rankings beside it were made are not known"));
  EXPECT_EQ(read_file(folder_.path() / "out/journal.jsonl"), journal.substr(0, 30));
}

TEST_F(RankGroupsCli, AJournalIsResumedUnderItsOwnSamplingAlone) {
  ASSERT_EQ(rank().code, 0);
  for (const auto& [flag, value] : std::map<std::string, std::string>{
           {"--top-k", "1"}, {"--top-p", "0.5"}, {"--min-p", "0.5"}, {"--tie-band", "0.1"}}) {
    const Ran ran = rank({"--resume", flag, value});
    EXPECT_EQ(ran.code, 2) << flag;
    EXPECT_THAT(ran.err, HasSubstr("was begun with other options")) << flag;
  }
}

TEST_F(RankGroupsCli, ABudgetThatBuysNoComparisonIsAMistakeAndNoRanking) {
  const Ran ran = juror({"rank", "x", "0.png", "1.png", "--budget-seconds", "0.000001"});
  EXPECT_EQ(ran.code, 2) << ran.out;
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("No comparison was bought: --budget-seconds"));
  const Ran groups = rank({"--budget-seconds", "0.000001"});
  EXPECT_EQ(groups.code, 3);
  EXPECT_THAT(groups.err, HasSubstr("Group 'a': No comparison was bought"));
}

TEST_F(RankGroupsCli, AListenerCheckWithoutThoughtsIsRefused) {
  for (const Words& flags : {Words{"--effort", "low"}, Words{"--no-think"}}) {
    Words words = {"rank", "x", "0.png", "1.png", "--listener-check"};
    words.insert(words.end(), flags.begin(), flags.end());
    const Ran ran = juror(words);
    EXPECT_EQ(ran.code, 2) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr("--listener-check reads thoughts again"));
  }
  const Ran scores =
      juror({"compare", "x", "0.png", "1.png", "--listener-check", "--prompt-template", "scores"});
  EXPECT_EQ(scores.code, 2) << scores.out;
  EXPECT_THAT(scores.err, HasSubstr("answers with 'scores'"));
}

TEST_F(RankGroupsCli, WhatPeopleSaidStandsBesideTheJudge) {
  folder_.write("mos.csv", "file,mos,votes,split\n0.png,0.25,30,train\n2.png,0.75,30,test\n");
  Words words = {"rank", "x", "0.png", "1.png", "2.png", "--ratings", "mos.csv"};
  const Ran ran = juror(words);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("people"));
  EXPECT_THAT(ran.out, Not(HasSubstr("Spearman")));  // of two pictures
  words.push_back("--json");
  for (const Json& row : Json::parse(juror(words).out)["results"]) {
    const std::string image = row["image"];
    EXPECT_EQ(row["people"], image == "0.png"   ? Json(0.25)
                             : image == "2.png" ? Json(0.75)
                                                : Json(nullptr))
        << image;
  }
}

TEST_F(RankGroupsCli, RatingsOfOtherPicturesAreAMistake) {
  folder_.write("mos.csv", "file,mos,votes\n2.png,3,30\n3.png,4,30\n");
  const Ran ran = juror({"rank", "x", "0.png", "1.png", "--ratings", "mos.csv"});
  EXPECT_EQ(ran.code, 2) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("--ratings 'mos.csv': none of its 2 images is one of the pictures "
                                 "to rank, as '0.png'"));
  EXPECT_EQ(asked(), 0U);
  EXPECT_THAT(rank({"--ratings", "mos.csv"}).err, HasSubstr("--from makes many"));
}

TEST_F(RankGroupsCli, ADryRunCountsGroupsAndCompletionsWithoutAskingAnybody) {
  const Ran ran = rank({"--dry-run"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2 groups, 4 comparisons, 8 completions"));
  EXPECT_EQ(asked(), 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out"));
}

using AnswerFormatsCli = RankGroupsCli;

TEST_F(AnswerFormatsCli, ARatingIsAskedOncePerPictureAndReadFromTheDigits) {
  const Ran ran =
      juror({"rank", "x", "0.png", "1.png", "2.png", "--prompt-template", "rating", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["comparisons"].size(), 3U);
  EXPECT_EQ(json["comparisons"][0]["p"], 0.5);
  EXPECT_EQ(asked_about(server_, "Rate how well it serves the prompt"), 3);
  EXPECT_THAT(
      juror({"rank", "x", "0.png", "1.png", "--prompt-template", "rating", "--orders", "given"})
          .err,
      HasSubstr("rates them one by one"));
}

TEST_F(AnswerFormatsCli, ARankingShowsAllPicturesOfAListAtOnce) {
  const ChatServer server{[](const testing::ServedRequest& request) {
    testing::ServedReply reply = FakeModel{}(request);
    const std::string choice = "<answer>1</answer>";
    if (const auto at = reply.body.find(choice); at != std::string::npos)
      reply.body.replace(at, choice.size(), "<answer>1 > 3 > 2</answer>");
    return reply;
  }};
  const Words rank = {"rank", "x", "0.png", "1.png", "2.png", "--prompt-template", "ranking"};
  Words as_json = rank;
  as_json.push_back("--json");
  const Ran ran = juror(server, as_json);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = Json::parse(ran.out);
  ASSERT_EQ(json["lists"].size(), 1U);
  EXPECT_EQ(json["lists"][0]["list"], Json({0, 1, 2}));
  EXPECT_EQ(json["lists"][0]["votes"][0]["ranking"], Json({0, 2, 1}));
  EXPECT_EQ(json["lists"][0]["votes"][1]["order"], "ji");
  EXPECT_EQ(json["results"].size(), 3U);
  EXPECT_EQ(json["spent"]["comparisons"], 1);
  EXPECT_EQ(asked_about(server, "order all images"), 2);  // as given and backwards
  EXPECT_THAT(juror(server, rank).out, HasSubstr("1 lists of up to 4 pictures compared"));
}

TEST_F(AnswerFormatsCli, ListsAreRefusedWhereTheyCannotBe) {
  EXPECT_THAT(juror({"rank", "x", "0.png", "1.png", "2.png", "--list-size", "3"}).err,
              HasSubstr("--list-size is 3, and the answer of this prompt template is a choice"));
  EXPECT_THAT(rank({"--prompt-template", "ranking"}).err, HasSubstr("rank --from compares pairs"));
}

TEST_F(AnswerFormatsCli, CriteriaAreShownByTheirNames) {
  const ChatServer server{FakeModel{
      .thought =
          "Image 1: clean. Image 2: dim.</think><criteria>fidelity: 1, quality: 2</criteria>"}};
  const Words flags = {"--prompt-template", "criteria", "--orders", "given"};
  Words compare = {"compare", "x", "0.png", "1.png"},
        rank = {"rank", "x", "0.png", "1.png", "--json"};
  compare.insert(compare.end(), flags.begin(), flags.end());
  rank.insert(rank.end(), flags.begin(), flags.end());
  EXPECT_THAT(juror(server, compare).out,
              HasSubstr("By criterion (win probability of the first): fidelity 1.000, composition "
                        "not read, quality 0.000"));
  const Json json = Json::parse(juror(server, rank).out);
  EXPECT_EQ(json["comparisons"][0]["criteria"]["fidelity"], 1);
  EXPECT_TRUE(json["results"][0]["criteria"]["composition"].is_null());
  EXPECT_EQ(json["comparisons"][0]["votes"][0]["criteria"][2], 0);
}

}  // namespace
}  // namespace juror
