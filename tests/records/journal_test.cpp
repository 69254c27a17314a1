// A journal has one writer, and one that several wrote is used up to the fault.
#include "records/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/log.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

const Json kHeader = {{"model", "m"}, {"seed", 3}};

/// Two images, one pair, two votes.
EvalExample example_of(const std::string& id) {
  EvalExample example{
      .id = id, .prompt = "p", .images = {"a", "b"}, .sizes = {{4, 3}, {2, 2}}, .ranks = {1, 2}};
  example.pairs.push_back({.first = 0, .second = 1, .share = 1});
  example.pairs[0].votes = {
      {.swapped = false,
       .verdict = {.thinking = "t", .answer = "1", .p = 0.75, .status = Status::kOk}},
      {.swapped = true, .verdict = {.thinking = "", .answer = "", .status = Status::kTruncated}}};
  example.pairs[0].result = fold_votes(example.pairs[0].votes);
  return example;
}

class JournalFile : public ::testing::Test {
 protected:
  void write(const std::vector<std::string>& ids) {
    JournalWriter writer = JournalWriter::begin(file_, kHeader);
    for (const std::string& id : ids) writer.append(example_of(id), {.model = "m", .seed = 3});
  }
  std::vector<std::string> resumed(const Json& header = kHeader) {
    EvalJournal journal;
    JournalWriter::resume(file_, header, journal);
    std::vector<std::string> ids;
    for (const FinishedExample& example : journal.examples) ids.push_back(example.id);
    return ids;
  }

  TempFolder folder_;
  std::filesystem::path file_ = folder_.path() / "journal.jsonl";
};

TEST_F(JournalFile, HoldsWhatWasWritten) {
  write({"x"});
  EvalExample read;
  std::string text = read_file(file_);
  text = text.substr(text.find('\n') + 1);
  EXPECT_EQ(read_record(Json::parse(text), "here", read), 1U);
  EXPECT_EQ(read.sizes, (std::vector<PictureSize>{{4, 3}, {2, 2}}));
  const EvalPair& pair = read.pairs.at(0);
  EXPECT_EQ(pair.result.p, 0.75);
  EXPECT_EQ(pair.result.status, PairStatus::kOneOrder);
  ASSERT_EQ(pair.votes.size(), 2U);
  EXPECT_EQ(pair.votes[0].verdict.thinking, "t");
  EXPECT_TRUE(pair.votes[1].swapped);
  EXPECT_EQ(pair.votes[1].verdict.status, Status::kTruncated);
}

TEST_F(JournalFile, HoldsWhatAServerShowedOfItsProbabilities) {
  EvalExample example = example_of("x");
  example.pairs[0].votes[0].verdict.choice_mass = 0.875;
  example.pairs[0].votes[1].verdict.p = 1;
  example.pairs[0].votes[1].verdict.p_from_answer = true;
  Json json = record_json(example, 0, {.model = "m", .seed = 3});
  EvalExample read;
  read_record(json, "here", read);
  const std::vector<Vote>& votes = read.pairs.at(0).votes;
  EXPECT_EQ(votes.at(0).verdict.choice_mass, 0.875);
  EXPECT_FALSE(votes[0].verdict.p_from_answer);
  EXPECT_TRUE(std::isnan(votes.at(1).verdict.choice_mass));
  EXPECT_TRUE(votes[1].verdict.p_from_answer);
  json["votes"][0]["mass"] = 1.5;
  EXPECT_THAT(refusal_of([&] { read_record(json, "here", read); }, ErrorKind::kUser),
              HasSubstr("'mass' is 1.5, and 0 to 1 is expected"));
  json["votes"][0]["mass"] = 1;
  json["votes"][1]["p_from"] = "logits";
  EXPECT_THAT(refusal_of([&] { read_record(json, "here", read); }, ErrorKind::kUser),
              HasSubstr("'p_from' is 'logits'"));
}

TEST_F(JournalFile, CountsTheExamplesThatItHoldsInPart) {
  write({"x"});
  const std::string good = read_file(file_);
  std::string half = good.substr(good.find('\n') + 1);  // one of two comparisons of another example
  for (const auto& [was, is] : std::vector<std::pair<std::string, std::string>>{
           {"\"example\":\"x\"", "\"example\":\"y\""}, {"\"pairs\":1", "\"pairs\":2"}})
    half.replace(half.find(was), was.size(), is);
  std::string whole = half;
  whole.replace(whole.find("\"y\""), 3, "\"z\"");
  whole.replace(whole.find("\"pairs\":2"), 9, "\"pairs\":1");
  const std::pair<std::string, std::int64_t> cases[] = {{"", 0},
                                                        {half, 1},
                                                        {half.substr(0, 40), 1},
                                                        {half + half.substr(0, 40), 1},
                                                        {half + whole, 1}};
  for (const auto& [rest, count] : cases) {
    folder_.write("journal.jsonl", good + rest);
    std::string said;
    set_log_sink([&](LogLevel, std::string_view text) { said += text; });
    EXPECT_EQ(read_journal(file_).unfinished, count) << rest;
    set_log_sink({});
    EXPECT_EQ(said.find("1 examples were written in part") != std::string::npos, count > 0);
  }
}

TEST_F(JournalFile, IsWrittenByOneProcess) {
  JournalWriter writer = JournalWriter::begin(file_, kHeader);
  EXPECT_THAT(refusal_of([&] { resumed(); }, ErrorKind::kUser),
              HasSubstr("The journal '" + file_.string() + "' is being written by process"));
}

TEST_F(JournalFile, IsResumedUpToTheLineThatASecondWriterSpoiled) {
  write({"x", "y"});
  const std::string good = read_file(file_);
  const std::string line = good.substr(good.rfind('\n', good.size() - 2) + 1);
  for (const std::string& spoiled : {line, line.substr(0, 30) + line}) {
    folder_.write("journal.jsonl", good + spoiled + "{\"schema\":1}\n");
    EXPECT_THAT(refusal_of([&] { read_journal(file_); }, ErrorKind::kUser),
                AllOf(HasSubstr("journal.jsonl:4"), HasSubstr("keeps the 2 examples")));
    std::string said;
    set_log_sink([&](LogLevel, std::string_view text) { said += text; });
    EXPECT_THAT(resumed(), ElementsAre("x", "y"));
    set_log_sink({});
    EXPECT_EQ(read_file(file_), good);
    EXPECT_THAT(said, AllOf(HasSubstr("journal.jsonl:4"), HasSubstr("journal.jsonl.rest-")));
  }
  EXPECT_EQ(read_file(file_.string() + ".rest-1"), line + "{\"schema\":1}\n");
  EXPECT_TRUE(std::filesystem::exists(file_.string() + ".rest-2"));
  EXPECT_EQ(resumed(), (std::vector<std::string>{"x", "y"}));
}

TEST_F(JournalFile, OfDataWhoseNameIsNoUtf8IsResumed) {
  const Json header = {{"model", "m"}, {"data", "\xff.jsonl"}};
  JournalWriter::begin(file_, header);
  EXPECT_EQ(resumed(header).size(), 0U);
  EXPECT_THAT(refusal_of(
                  [&] {
                    resumed({{"model", "m"}, {"data", "\xff"}});
                  },
                  ErrorKind::kUser),
              HasSubstr("data was \"\uFFFD.jsonl\" and is \"\uFFFD\""));
}

TEST_F(JournalFile, InAPlaceThatCannotBeWrittenIsNamed) {
  const auto file = folder_.write("plain", "a file");
  EXPECT_THAT(
      refusal_of([&] { JournalWriter::begin(file / "run" / "journal.jsonl", kHeader); },
                 ErrorKind::kSystem),
      HasSubstr("Cannot make the folder '" + (file / "run").string() + "': Not a directory"));
}

}  // namespace
}  // namespace juror
