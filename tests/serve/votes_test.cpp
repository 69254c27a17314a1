// People's votes: kept whatever happens, counted, compared with the judge, given out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/api/vote_call.h"
#include "serve/leaderboard.h"
#include "serve/sha256.h"
#include "serve/test_server.h"
#include "serve/vote_store.h"
#include "temp_folder.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace testing;

HumanVote vote(const std::string& id, const std::string& first, const std::string& second,
               VoteChoice choice, std::optional<double> judge_p = {}) {
  return {.id = id,
          .prompt = "a cat",
          .images = {sha256(first), sha256(second)},
          .names = {first, second},
          .choice = choice,
          .judge_p = judge_p,
          .judge_model = judge_p ? "m" : ""};
}

TEST(Sha256, EqualsTheStandardsExample) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(VoteStore, KeepsVotesInOrderAcrossOpenings) {
  const TempFolder folder;
  {
    VoteStore store(folder.path() / "votes", 1 << 20);
    EXPECT_TRUE(store.add(vote("1", "x", "y", VoteChoice::kFirst, 0.8)));
    EXPECT_TRUE(store.add(vote("2", "x", "z", VoteChoice::kBothBad)));
    EXPECT_FALSE(store.add(vote("1", "x", "y", VoteChoice::kSecond))) << "sent again";
  }
  VoteStore store(folder.path() / "votes", 1 << 20);
  const auto votes = store.votes();
  ASSERT_EQ(votes.size(), 2U);
  EXPECT_EQ(votes[0].choice, VoteChoice::kFirst);
  EXPECT_EQ(votes[0].judge_p, 0.8);
  EXPECT_EQ(votes[1].judge_p, std::nullopt);
  EXPECT_EQ(votes[1].names[1], "z");
  EXPECT_FALSE(votes[0].at.empty());
  EXPECT_TRUE(store.remove("1"));
  EXPECT_FALSE(store.remove("1"));
  EXPECT_EQ(store.count(), 1);
  EXPECT_TRUE(store.votes("a dog").empty());
}

TEST(VoteStore, AnotherProcessReadsAndWritesBeside) {
  const TempFolder folder;
  VoteStore one(folder.path(), 1 << 20), other(folder.path(), 1 << 20);
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE((i % 2 ? one : other).add(vote(std::to_string(i), "x", "y", VoteChoice::kTie)));
  EXPECT_EQ(one.count(), 20);
}

TEST(VoteStore, KeepsPicturesByTheirHashUpToALimit) {
  const TempFolder folder;
  VoteStore store(folder.path(), 100);
  const std::string hash = store.put_image("\x89PNG1");
  EXPECT_EQ(hash, sha256("\x89PNG1"));
  EXPECT_EQ(store.put_image("\x89PNG1"), hash);
  EXPECT_EQ(store.image_file(hash)->filename(), hash + ".png");
  EXPECT_FALSE(store.image_file("../votes.sqlite"));
  EXPECT_FALSE(store.image_file(sha256("other")));
  EXPECT_THROW(store.put_image(std::string(100, 'x')), HttpError);
}

TEST(Leaderboard, CountsWinsAndRatesByThem) {
  const std::vector<HumanVote> votes = {
      vote("1", "x", "y", VoteChoice::kFirst), vote("2", "y", "x", VoteChoice::kSecond),
      vote("3", "x", "z", VoteChoice::kTie), vote("4", "y", "z", VoteChoice::kBothBad),
      vote("5", "z", "y", VoteChoice::kFirst)};
  const Leaderboard board = leaderboard(votes, RatedBy::kImage);
  ASSERT_EQ(board.entries.size(), 3U);  // x, y, z
  EXPECT_EQ(board.entries[0].wins, 2);
  EXPECT_EQ(board.entries[1].losses, 3);
  EXPECT_EQ(board.entries[1].both_bad, 1);
  EXPECT_EQ(board.entries[2].ties, 1);
  EXPECT_EQ(board.wins[0][1], 2);
  EXPECT_EQ(board.wins[1][0], 0);
  EXPECT_EQ(board.wins[0][2], 0.5);
  EXPECT_EQ(board.wins[2][1], 1.5);
  EXPECT_EQ(board.ranking.order, (std::vector<std::size_t>{0, 2, 1}));
}

TEST(Leaderboard, ByNameJoinsThePicturesOfOneGenerator) {
  std::vector<HumanVote> votes = {vote("1", "a", "b", VoteChoice::kFirst),
                                  vote("2", "c", "d", VoteChoice::kFirst)};
  for (HumanVote& one : votes) one.names = {"flux", "sd"};
  EXPECT_EQ(leaderboard(votes, RatedBy::kImage).entries.size(), 4U);
  const Leaderboard board = leaderboard(votes, RatedBy::kName);
  ASSERT_EQ(board.entries.size(), 2U);
  EXPECT_EQ(board.entries[0].wins, 2);
  EXPECT_EQ(leaderboard({}, RatedBy::kName).entries.size(), 0U);
}

TEST(Leaderboard, TheJudgeAgreesWhereItIsOnTheVotesSide) {
  const JudgeAgreement agreement = judge_agreement(
      {vote("1", "x", "y", VoteChoice::kFirst, 0.9), vote("2", "x", "y", VoteChoice::kSecond, 0.9),
       vote("3", "x", "y", VoteChoice::kSecond, 0.1), vote("4", "x", "y", VoteChoice::kTie, 0.1),
       vote("5", "x", "y", VoteChoice::kFirst)});
  EXPECT_EQ(agreement.decided, 3);
  EXPECT_EQ(agreement.agreed, 2);
  EXPECT_EQ(agreement.undecided, 1);
  EXPECT_EQ(agreement.unknown, 1);
  EXPECT_EQ(agreement.interval.low, wilson(2, 3).low);
}

TEST(VoteExport, GathersThePairsOfOnePromptWhicheverWayTheyStood) {
  const auto file = [](const std::string& hash) { return hash.substr(0, 4); };
  const std::string lines =
      votes_jsonl({vote("1", "x", "y", VoteChoice::kFirst), vote("2", "y", "x", VoteChoice::kFirst),
                   vote("3", "x", "y", VoteChoice::kTie)},
                  file);
  const json line = json::parse(lines);
  const bool turned = sha256("y") < sha256("x");
  EXPECT_EQ(line["prompt"], "a cat");
  EXPECT_EQ(line["votes"],
            turned ? json({{2, 1}, {1, 2}, {1, 1}}) : json({{1, 2}, {2, 1}, {1, 1}}));
  EXPECT_EQ(line["images"][turned ? 1 : 0], sha256("x").substr(0, 4));
}

TEST(VoteExport, ACellOfCsvIsNoFormula) {
  HumanVote one = vote("=1+1", "x\"y", "z", VoteChoice::kFirst);
  EXPECT_THAT(votes_csv({one}), HasSubstr("\"'=1+1\","));
  EXPECT_THAT(votes_csv({one}), HasSubstr("\"x\"\"y\""));
}

TEST(VoteEndpoints, TakeGiveBackAndCount) {
  const TempFolder folder;
  ServeOptions options = test_options();
  options.votes_folder = folder.path() / "votes";
  TestServer server(options);
  json body = {{"id", "v1"},
               {"prompt", "a cat"},
               {"images", {grey_uri(10), grey_uri(20)}},
               {"names", {"x", "y"}},
               {"choice", "second"},
               {"judge_p", 0.2},
               {"judge_model", "scripted"}};
  const Reply given = server.post("/v1/votes", body);
  ASSERT_EQ(given.status, 201) << given.body;
  EXPECT_EQ(server.post("/v1/votes", body).status, 200) << "the same vote again";
  body["images"] = given.json()["images"];
  body["id"] = "v2";
  EXPECT_EQ(server.post("/v1/votes", body).status, 201) << "by hash";
  EXPECT_EQ(server.get("/v1/votes").json()["votes"].size(), 2U);
  const json board = server.get("/v1/leaderboard?prompt=a+cat").json();
  EXPECT_EQ(board["entries"][0]["name"], "y");
  EXPECT_EQ(board["wins"], json({{0, 2}, {0, 0}}));
  EXPECT_EQ(board["agreement"]["share"], 1.0);
  EXPECT_EQ(exchange(server.port(), "DELETE", "/v1/votes?id=v1").status, 200);
  EXPECT_EQ(exchange(server.port(), "DELETE", "/v1/votes?id=v1").status, 404);
  const std::string hash = given.json()["images"][0];
  EXPECT_EQ(server.get("/v1/images?hash=" + hash).body, grey_png(10));
  EXPECT_EQ(server.get("/v1/images?hash=../votes.sqlite").status, 404);
  EXPECT_THAT(server.get("/v1/export").body, HasSubstr("\"images\":[\"images/"));
  EXPECT_THAT(server.get("/v1/export?format=csv").body, HasSubstr("\"v2\","));
  EXPECT_EQ(server.get("/v1/export?format=exe").status, 400);
}

TEST(VoteEndpoints, RefuseWhatIsNoVote) {
  const TempFolder folder;
  ServeOptions options = test_options();
  options.votes_folder = folder.path();
  TestServer server(options);
  const auto status = [&](const json& change) {
    json body = {{"images", {grey_uri(10), grey_uri(20)}}, {"choice", "tie"}};
    body.update(change);
    return server.post("/v1/votes", body).status;
  };
  EXPECT_EQ(status({{"choice", "third"}}), 400);
  EXPECT_EQ(status({{"images", {grey_uri(10)}}}), 400);
  EXPECT_EQ(status({{"images", {grey_uri(10), grey_uri(10)}}}), 422);
  EXPECT_EQ(status({{"images", {grey_uri(10), base64("#!/bin/sh no picture")}}}), 422);
  EXPECT_EQ(status({{"images", {grey_uri(10), sha256("unknown")}}}), 422);
  EXPECT_EQ(status({{"judge_p", 2}}), 400);
  EXPECT_EQ(status({{"names", {1, 2}}}), 400);
  EXPECT_EQ(status({{"x", 2}}), 400);
  EXPECT_EQ(server.get("/v1/votes").json()["votes"].size(), 0U);
  EXPECT_EQ(status(json::object()), 201);
}

}  // namespace
}  // namespace juror
