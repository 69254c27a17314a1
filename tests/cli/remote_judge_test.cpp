// rank, compare and eval by a server, end to end, by the program that has no libtorch: a copy of it
// stands in a folder without juror-engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

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
using testing::ServedReply;
using testing::ServedRequest;
using Words = std::vector<std::string>;

class RemoteJudgeCli : public ::testing::Test {
 protected:
  RemoteJudgeCli() {
    std::string lines;
    for (int i = 0; i < 6; ++i) {
      const std::string name = std::to_string(i) + ".png";
      write_file_atomic(folder_.path() / name, encode_png(testing::make_scene(64, 48, i)));
      const std::string other = std::to_string((i + 1) % 6) + ".png";
      lines += Json{{"id", std::to_string(i)},
                    {"prompt", "scene"},
                    {"images", {name, other}},
                    {"ranking", {1, 2}}}
                   .dump() +
               "\n";
    }
    folder_.write("votes.jsonl", lines);
  }

  Ran juror(const std::string& url, Words words) const {
    words.insert(words.end(), {"--judge-url", url, "--judge-backoff-s", "0.002", "--judge-retries",
                               "2", "--votes", "2"});
    return run({.folder = folder_.path(),
                .variables = {{"JUROR_MINI", JUROR_SOURCE_DIR "/models/mini"}},
                .program = program().string()},
               words);
  }
  std::filesystem::path program() const {
    const auto copy = folder_.path() / "bin/juror";
    if (!std::filesystem::exists(copy)) {
      std::filesystem::create_directories(copy.parent_path());
      std::filesystem::copy_file(JUROR_PROGRAM, copy);
    }
    return copy;
  }

  TempFolder folder_;
};

TEST_F(RemoteJudgeCli, RanksWithoutTheEnginesProgram) {
  const ChatServer server{FakeModel{}};
  const Ran ran = juror(server.url(), {"rank", "a scene", "0.png", "1.png", "2.png", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["model"], "fake-vl");
  EXPECT_EQ(json["comparisons"].size(), 3U);
  const Json& vote = json["comparisons"][0]["votes"][0];
  EXPECT_NEAR(vote["p"].get<double>(), 0.7 / 0.9, 1e-9);
  EXPECT_NEAR(vote["mass"].get<double>(), 0.9, 1e-9);
  EXPECT_THAT(json["results"][0]["reason"].get<std::string>(), Not(HasSubstr("Image")));
}

TEST_F(RemoteJudgeCli, ComparesAndSaysHowMuchOfTheProbabilityWasSeen) {
  const ChatServer server{FakeModel{}};
  const Ran ran = juror(server.url(), {"compare", "a scene", "0.png", "1.png"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("A tie: win probability of the first 0.500 (4 votes, 0 unread"));
  EXPECT_THAT(ran.out, HasSubstr("1 and 2 had 90.0 % of the probability"));
  const ChatServer mute{FakeModel{.logprobs = false}};
  const Ran blind = juror(mute.url(), {"compare", "a scene", "0.png", "1.png"});
  EXPECT_THAT(blind.err, HasSubstr("gives no log-probs"));
  EXPECT_THAT(blind.out, HasSubstr("4 by the answer alone, p 0 or 1"));
}

TEST_F(RemoteJudgeCli, WithoutAServerTheEngineIsNeeded) {
  const Ran ran = run({.folder = folder_.path(),
                       .variables = {{"JUROR_MINI", JUROR_SOURCE_DIR "/models/mini"}},
                       .program = program().string()},
                      {"compare", "", "0.png", "1.png"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("needs 'juror-engine'"));
}

TEST_F(RemoteJudgeCli, AnEvaluationResumesWhenTheServerIsBack) {
  std::atomic<int> asked = 0;
  const ChatServer dying{[&](const ServedRequest& request) {
    const bool is_real = request.body.find("data:image/png") != std::string::npos;
    return is_real && ++asked > 6 ? ServedReply{.status = 503} : FakeModel{}(request);
  }};
  const Words eval = {"eval", "votes.jsonl", "--output-dir", "out", "--judge-concurrency", "1"};
  const Ran broken = juror(dying.url(), eval);
  EXPECT_EQ(broken.code, 5) << broken.err;
  EXPECT_THAT(broken.err, HasSubstr("juror eval --resume keeps what is finished"));
  const std::string before = read_file(folder_.path() / "out/journal.jsonl");
  EXPECT_EQ(std::count(before.begin(), before.end(), '\n'), 1 + 3);  // both orders of three pairs

  const ChatServer server{FakeModel{}};
  Words resumed = eval;
  resumed.push_back("--resume");
  const Ran ran = juror(server.url(), resumed);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(read_file(folder_.path() / "out/journal.jsonl").starts_with(before));
  const Json summary = Json::parse(read_file(folder_.path() / "out/summary.json"));
  EXPECT_EQ(summary["data"]["examples"], 6);
  EXPECT_EQ(summary["options"]["model"], "fake-vl");
  EXPECT_EQ(summary["options"]["server"]["top_logprobs"], 20);
}

TEST_F(RemoteJudgeCli, ASignalEndsTheWaitForAServerThatNeverAnswers) {
  std::atomic<bool> is_asked = false;
  const ChatServer silent{[&](const ServedRequest&) {
    is_asked = true;
    return ServedReply{.manner = ServedReply::kSilent};
  }};
  const Start start{.folder = folder_.path(), .program = program().string()};
  const pid_t process =
      start_program(start, {"rank", "x", "0.png", "1.png", "--judge-url", silent.url()});
  while (!is_asked) std::this_thread::yield();
  const auto began = std::chrono::steady_clock::now();
  ::kill(process, SIGINT);
  const Ran ran = finish(process, start);
  EXPECT_EQ(ran.code, 130) << ran.err;
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_THAT(ran.err, HasSubstr("Stopped while waiting for the judge"));
}

TEST_F(RemoteJudgeCli, AnAddressThatIsNoneIsAMistakeAtOnce) {
  const Ran ran = juror("http://127.0.0.1:99999", {"compare", "x", "0.png", "1.png"});
  EXPECT_EQ(ran.code, 2) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("a port from 1 to 65535"));
}

TEST_F(RemoteJudgeCli, PlansWithoutAskingAnybody) {
  const Ran ran = juror("http://127.0.0.1:1", {"rank", "x", "0.png", "1.png", "--dry-run"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(
      ran.out,
      "2 images, 1 comparisons, 4 completions, at most 1024 completion tokens.\n"
      "Shorter: --no-think (one forward read an order); --effort auto (thoughts where a forward "
      "read leaves a pair open); --votes 1; --orders given (half, but "
      "biased by position); a smaller --max-new-tokens.\n");
}

TEST_F(RemoteJudgeCli, ANetworkFaultHasItsExitCode) {
  const Ran ran = juror("http://127.0.0.1:1", {"compare", "x", "0.png", "1.png"});
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.err, HasSubstr("The judge at http://127.0.0.1:1/v1/chat/completions does not"));
  EXPECT_THAT(ran.err, Not(HasSubstr("--resume")));  // there is no journal
}

}  // namespace
}  // namespace juror
