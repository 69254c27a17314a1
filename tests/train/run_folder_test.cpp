// One run a folder: others are refused or put aside, and a broken checkpoint is named.
#include "train/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "temp_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class RunFolderTest : public ::testing::Test {
 protected:
  void write_checkpoint(const fs::path& run, int step, const std::string& state) const {
    fs::create_directories(run / ("checkpoint-" + std::to_string(step)));
    write_file_atomic(run / ("checkpoint-" + std::to_string(step)) / "trainer_state.json", state);
  }
  std::string refusal_to_start(const std::string& resume) const {
    return refusal_of([&] { RunFolder(run_).start(resume); }, ErrorKind::kUser);
  }

  TempFolder folder_;
  fs::path run_ = folder_.path() / "run";
};

TEST_F(RunFolderTest, IsForOneProcessAtATime) {
  const RunFolder first(run_);
  EXPECT_THAT(refusal_of([&] { RunFolder second(run_); }, ErrorKind::kUser),
              HasSubstr("The run folder '" + run_.string() + "' is being written by process"));
}

TEST_F(RunFolderTest, PutsTheFilesOfARunWithoutACheckpointAside) {
  {
    RunFolder killed(run_);
    killed.append_metrics({{"step", 1}});
    write_file_atomic(run_ / "config.toml", "seed = 0\n");
    write_file_atomic(run_ / "completions.jsonl", "{}\n");
    write_file_atomic(run_ / "events.out.tfevents.1.juror", "x");
    write_file_atomic(run_ / "notes.txt", "mine");
  }
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  RunFolder run(run_);
  EXPECT_EQ(run.start(""), "");
  set_log_sink({});
  run.append_metrics({{"step", 1}, {"loss", 2}});
  EXPECT_EQ(read_file(run_ / "metrics.jsonl"), "{\"step\":1,\"loss\":2}\n");
  for (const char* name :
       {"metrics.jsonl", "config.toml", "completions.jsonl", "events.out.tfevents.1.juror"})
    EXPECT_TRUE(fs::exists(run_ / "earlier-1" / name)) << name;
  EXPECT_FALSE(fs::exists(run_ / "completions.jsonl"));
  EXPECT_TRUE(fs::exists(run_ / "notes.txt"));
  EXPECT_THAT(said, AllOf(HasSubstr("ended before its first checkpoint"), HasSubstr("earlier-1")));
}

TEST_F(RunFolderTest, RefusesAFolderWithCheckpointsUnlessOneOfThemIsResumed) {
  write_checkpoint(run_, 2, "{}");
  const fs::path other = folder_.path() / "other";
  write_checkpoint(other, 7, "{}");
  EXPECT_THAT(refusal_to_start(""), HasSubstr("holds a run already, with checkpoints up to step"));
  EXPECT_THAT(refusal_to_start((other / "checkpoint-7").string()),
              HasSubstr("holds a run already, with checkpoints up to step"));
  EXPECT_EQ(refusal_to_start("latest"), "accepted");
  EXPECT_EQ(refusal_to_start((run_ / "checkpoint-2/").string()), "accepted");
  EXPECT_EQ(refusal_of([&] { RunFolder(folder_.path() / "new").start(other / "checkpoint-7"); },
                       ErrorKind::kUser),
            "accepted");
}

TEST_F(RunFolderTest, RewindsItsLinesAndSaysWhichHaveNoStep) {
  const RunFolder run(run_);
  write_file_atomic(run_ / "metrics.jsonl",
                    "{\"step\":1}\n{\"step\":\"two\"}\n{\"step\":2,\"lo{\"step\":2}\n[3]\n"
                    "{\"step\":2.0}\n{\"step\":3}\n");
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  run.rewind_metrics(2);
  set_log_sink({});
  EXPECT_EQ(read_file(run_ / "metrics.jsonl"), "{\"step\":1}\n{\"step\":2.0}\n");
  EXPECT_THAT(said, AllOf(HasSubstr("metrics.jsonl:2 has no step"), HasSubstr("jsonl:3 has"),
                          HasSubstr("jsonl:4 has no step and is dropped: [3]")));
}

TEST_F(RunFolderTest, TellsOfNamesThatAreNoUtf8) {
  const RunFolder run(run_);
  run.write_origin({.command = "train sft", .model = "\xff", .data = "a\xfe.jsonl"});
  const auto json = nlohmann::json::parse(read_file(run_ / "run.json"));
  EXPECT_EQ(json["data"], "a\uFFFD.jsonl");
}

TEST_F(RunFolderTest, SaysWhatIsNoCheckpointToResumeFrom) {
  fs::create_directories(run_ / "checkpoint-1");
  EXPECT_THAT(refusal_to_start("latest"), HasSubstr("no complete checkpoint in"));
  EXPECT_THAT(refusal_to_start((run_ / "checkpoint-1").string()),
              HasSubstr("holds no trainer_state.json"));
}

TEST_F(RunFolderTest, NamesATrainerStateThatIsEmptyCutShortOrLacksAKey) {
  const auto refusal = [&](const std::string& state) {
    write_checkpoint(run_, 1, state);
    return refusal_of(
        [&] {
          read_trainer_state(run_ / "checkpoint-1",
                             [](const nlohmann::json& json) { json.at("global_step").get<int>(); });
        },
        ErrorKind::kUser);
  };
  const std::string name = "checkpoint-1/trainer_state.json'";
  EXPECT_THAT(refusal(""),
              AllOf(HasSubstr(name + " is empty"), HasSubstr("An earlier checkpoint")));
  EXPECT_THAT(refusal("{\"global_step\": 3"), HasSubstr(name + " is not valid JSON"));
  EXPECT_THAT(refusal("{}"), HasSubstr(name + " does not hold what is expected"));
  EXPECT_THAT(refusal("{\"global_step\": \"x\"}"), HasSubstr(name + " does not hold"));
  EXPECT_EQ(refusal("{\"global_step\": 3}"), "accepted");
}

}  // namespace
}  // namespace juror
