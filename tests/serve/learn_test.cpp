// Learning from votes, with a script in the place of `juror train grpo`: what is told at every
// turn is what the files say. The real one is taught by tools/page_check.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/background_process.h"
#include "serve/learned_run.h"
#include "serve/sha256.h"
#include "serve/test_server.h"
#include "temp_folder.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace testing;

HumanVote vote(const std::string& id, const std::string& first, const std::string& second,
               VoteChoice choice) {
  return {.id = id, .prompt = "", .images = {sha256(first), sha256(second)}, .choice = choice};
}

TEST(SplitVotes, HoldsOutAQuarterOfThePairsWhicheverWayTheyStood) {
  std::vector<HumanVote> votes;
  for (int i = 0; i < 12; ++i) {
    const std::string first = std::to_string(i), second = first + "b";
    votes.push_back(vote(first, first, second, VoteChoice::kFirst));
    votes.push_back(vote(second, second, first, VoteChoice::kSecond));
  }
  const VoteSplit split = split_votes(votes);
  EXPECT_EQ(split.train_pairs, 9);
  EXPECT_EQ(split.held_out_pairs, 3);
  EXPECT_EQ(split.train.size(), 18U);
  for (const HumanVote& held : split.held_out)
    for (const HumanVote& seen : split.train) EXPECT_NE(held.images, seen.images);
  std::reverse(votes.begin(), votes.end());
  EXPECT_EQ(split_votes(votes).held_out[0].images[0], split.held_out[0].images[1])
      << "the order in which votes came does not matter";
}

TEST(SplitVotes, LeavesOutPairsOnWhichPeopleAreEven) {
  const VoteSplit split =
      split_votes({vote("1", "x", "y", VoteChoice::kFirst), vote("2", "y", "x", VoteChoice::kFirst),
                   vote("3", "x", "z", VoteChoice::kTie), vote("4", "y", "z", VoteChoice::kBothBad),
                   vote("5", "y", "z", VoteChoice::kFirst)});
  EXPECT_EQ(split.train_pairs, 1);
  EXPECT_EQ(split.train.size(), 2U) << "the tie beside a vote is half a vote";
}

TEST(BackgroundProcess, TellsHowItEndedAndDiesWithItsOwner) {
  const TempFolder folder;
  BackgroundProcess process({"/bin/sh", "-c", "echo said; exit 7"}, folder.path() / "log");
  eventually([&] { return process.exit_code().has_value(); });
  EXPECT_EQ(process.exit_code(), 7);
  EXPECT_EQ(read_file(folder.path() / "log"), "said\n");
  {
    const BackgroundProcess other(
        {"/bin/sh", "-c", "echo $$ >" + (folder.path() / "id").string() + "; exec sleep 100"},
        folder.path() / "log");
    eventually([&] {
      return std::filesystem::exists(folder.path() / "id") &&
             !read_file(folder.path() / "id").empty();
    });
  }
  const std::string id = read_file(folder.path() / "id");
  EXPECT_FALSE(std::filesystem::exists("/proc/" + id.substr(0, id.find('\n'))));
  BackgroundProcess missing({"/no/such/program"}, folder.path() / "log");
  eventually([&] { return missing.exit_code().has_value(); });
  EXPECT_EQ(missing.exit_code(), 127);
}

/// A server whose trainer is a script, with votes on ten pairs.
class LearnEndpoint : public ::testing::Test {
 protected:
  static constexpr const char* kBegin = R"(#!/bin/sh
# finds its folder among the words, as juror train grpo does
for word in "$@"; do
  case $word in output_dir=*) run=${word#output_dir=} ;; dataset=*) data=${word#dataset=} ;; esac
done
echo "$@" >"$data/words"
mkdir -p "$run"
step() { echo "{\"step\":$1,\"rewards/brier/mean\":$2}" >>"$run/metrics.jsonl"; }
evaluation() { echo "{\"step\":$1,\"rewards/brier/mean\":0.5,\"eval/accuracy\":$2,\"eval/accuracy_ci_low\":0.1,\"eval/accuracy_ci_high\":0.9,\"eval/brier\":0.2,\"eval/pairs\":2}" >>"$run/metrics.jsonl"; }
checkpoint() { mkdir -p "$run/checkpoint-$1"; echo '{}' >"$run/checkpoint-$1/trainer_state.json"; }
evaluation 0 0.5
step 1 0.75
)";

  ServeOptions options() const {
    ServeOptions options = test_options();
    options.votes_folder = folder_.path() / "votes";
    options.learn.learn_steps = 4;
    options.learn.learn_minutes = minutes_;
    return options;
  }
  void start(const std::string& script) {
    const auto file = folder_.write("trainer", kBegin + script);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    server_.reset();
    server_ = std::make_unique<TestServer>(
        options(), std::vector<std::string>{"scripted"},
        LearnParts{.program = file,
                   .bases = {{"scripted", folder_.path()}},
                   .settings = {"device=cpu"},
                   .source = [](const std::string& name, const std::filesystem::path&) {
                     return scripted_model(name, std::make_shared<VoterControl>());
                   }});
  }
  void give_votes(int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_EQ(server_
                    ->post("/v1/votes", {{"images", {grey_uri(2 * i), grey_uri(2 * i + 1)}},
                                         {"choice", i % 2 ? "first" : "second"}})
                    .status,
                201);
  }
  json last() const { return server_->get("/v1/learn").json()["runs"].back(); }
  void wait_for(const std::string& state) {
    eventually([&] { return last()["state"] == state; });
  }

  TempFolder folder_;
  double minutes_ = 10;
  std::unique_ptr<TestServer> server_;
};

TEST_F(LearnEndpoint, TeachesTellsAndOffersTheModel) {
  start("evaluation 4 1.0; checkpoint 4");
  EXPECT_EQ(server_->post("/v1/learn", json::object()).code(), "too_few_votes");
  give_votes(10);
  EXPECT_EQ(server_->get("/v1/learn").json()["pairs"], 10);
  const Reply begun = server_->post("/v1/learn", json::object());
  ASSERT_EQ(begun.status, 202) << begun.body;
  wait_for("done");
  const json run = last();
  EXPECT_EQ(run["model"], "scripted-votes-1");
  EXPECT_EQ(run["train_pairs"], 8);
  EXPECT_EQ(run["held_out_pairs"], 2);
  EXPECT_EQ(run["before"]["share"], 0.5);
  EXPECT_EQ(run["after"]["share"], 1.0);
  EXPECT_EQ(run["after"]["ci"], json({0.1, 0.9}));
  EXPECT_EQ(run["scores"][1], json({{"step", 1}, {"score", 0.75}}));
  EXPECT_EQ(server_->get("/v1/models").json()["data"].size(), 2U);
  EXPECT_EQ(server_
                ->post("/v1/rank",
                       {{"model", "scripted-votes-1"}, {"images", {grey_uri(10), grey_uri(20)}}})
                .status,
            200);
  const auto learned = folder_.path() / "votes" / "learned" / "1";
  EXPECT_THAT(read_file(learned / "words"), StartsWith("train grpo use_peft=true"));
  EXPECT_THAT(read_file(learned / "words"), HasSubstr(" device=cpu "));
  const json line = json::parse(
      read_file(learned / "train.jsonl").substr(0, read_file(learned / "train.jsonl").find('\n')));
  EXPECT_TRUE(std::filesystem::exists(learned / std::string(line["images"][0])));

  start("");  // another server on the same folder
  EXPECT_EQ(last()["state"], "done");
  EXPECT_EQ(server_->get("/v1/models").json()["data"][1]["id"], "scripted-votes-1");
  EXPECT_EQ(server_->post("/v1/learn", {{"resume", true}}).code(), "nothing_to_resume");
}

TEST_F(LearnEndpoint, OneAtATimeAndAStopIsToldAsOne) {
  start(
      "trap 'step 3 1; exit 0' INT; checkpoint 2; evaluation 2 0.5; while :; do sleep 0.05; done");
  give_votes(8);
  EXPECT_EQ(exchange(server_->port(), "DELETE", "/v1/learn").code(), "nothing_under_way");
  ASSERT_EQ(server_->post("/v1/learn", json::object()).status, 202);
  EXPECT_EQ(server_->post("/v1/learn", json::object()).code(), "busy");
  EXPECT_EQ(server_->post("/v1/learn", {{"model", "other"}}).code(), "model_not_found");
  EXPECT_EQ(server_->post("/v1/learn", {{"modle", "scripted"}}).status, 400);
  eventually([&] { return last()["step"] == 2; });
  EXPECT_EQ(last()["state"], "training");
  EXPECT_EQ(exchange(server_->port(), "DELETE", "/v1/learn").status, 202);
  wait_for("stopped");
  EXPECT_EQ(last()["step"], 3);
  EXPECT_EQ(last()["after"]["step"], 2) << "the checkpoint whose agreement is known";
  EXPECT_EQ(last()["model"], "scripted-votes-1");
}

TEST_F(LearnEndpoint, EndsWhenItsTimeIsOver) {
  minutes_ = 0.05;
  start("trap 'exit 0' INT; checkpoint 2; evaluation 2 0.5; while :; do sleep 0.05; done");
  give_votes(8);
  ASSERT_EQ(server_->post("/v1/learn", json::object()).status, 202);
  wait_for("stopped");
  EXPECT_THAT(std::string(last()["message"]), HasSubstr("0.05 minutes"));
  EXPECT_EQ(last()["model"], "scripted-votes-1");
}

TEST_F(LearnEndpoint, AFailureIsToldInTheTrainersWords) {
  start("echo 'error: The picture is gone.' >&2; exit 2");
  give_votes(8);
  ASSERT_EQ(server_->post("/v1/learn", json::object()).status, 202);
  wait_for("failed");
  EXPECT_EQ(last()["message"], "The picture is gone.");
  EXPECT_EQ(last()["model"], nullptr);
}

TEST_F(LearnEndpoint, WhatAServerLeavesUnderWayIsInterruptedAndGoesOn) {
  start("trap 'exit 0' INT; checkpoint 2; step 2 1; while :; do sleep 0.05; done");
  give_votes(8);
  ASSERT_EQ(server_->post("/v1/learn", json::object()).status, 202);
  eventually([&] { return last()["step"] == 2; });
  start("evaluation 4 1.0; checkpoint 4");  // the first server ends meanwhile
  EXPECT_EQ(last()["state"], "interrupted");
  EXPECT_EQ(server_->get("/v1/votes").json()["votes"].size(), 8U);
  ASSERT_EQ(server_->post("/v1/learn", {{"resume", true}}).status, 202);
  wait_for("done");
  EXPECT_EQ(last()["name"], "scripted-votes-1");
  EXPECT_THAT(read_file(folder_.path() / "votes/learned/1/words"),
              HasSubstr("resume_from_checkpoint=latest"));
}

TEST_F(LearnEndpoint, AnAdapterIsNotTaughtAndWhatCanBeIsTold) {
  start("evaluation 4 1.0; checkpoint 4");
  give_votes(8);
  ASSERT_EQ(server_->post("/v1/learn", json::object()).status, 202);
  wait_for("done");
  const auto answer = server_->post("/v1/learn", {{"model", "scripted-votes-1"}});
  EXPECT_EQ(answer.status, 422);
  const std::string message = answer.json()["error"]["message"];
  EXPECT_THAT(message, HasSubstr("'scripted-votes-1' is an adapter"));
  EXPECT_THAT(message, HasSubstr("by all votes: scripted."));
}

TEST_F(LearnEndpoint, IsNotThereWhereNothingCanBeTaught) {
  ServeOptions plain = options();
  const TestServer server(plain);
  EXPECT_EQ(server.get("/v1/learn").status, 404);
}

}  // namespace
}  // namespace juror
