// The loop over a data set, its journal, and how it is resumed. Judges here are functions with set
// answers.
#include "eval/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/file.h"
#include "eval/eval_fixtures.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using testing::FirstIsBetter;
using ::testing::HasSubstr;
using testing::row;
using testing::RowsInMemory;

const nlohmann::ordered_json kHeader = {{"model", "m"}, {"protocol", "pairs"}, {"seed", 3}};

std::vector<DatasetRow> three_rows() {
  return {row("x", "a cat", {"x0", "x1", "x2"}, {1, 2, 3}), row("y", "a dog", {"y0", "y1"}, {2, 1}),
          row("z", "a cow", {"z0", "z1"}, {1, 1})};
}

struct Outcome {
  Evaluation evaluation;
  std::vector<std::string> ids;
};

/// Judges `rows` into FOLDER/journal.jsonl, anew or resumed; stops after `most` examples.
Outcome run(const TempFolder& folder, std::vector<DatasetRow> rows, FirstIsBetter& judge,
            bool resume = false, std::int64_t most = 1000,
            const nlohmann::ordered_json& header = kHeader) {
  const auto file = folder.path() / "journal.jsonl";
  EvalJournal done;
  JournalWriter journal =
      resume ? JournalWriter::resume(file, header, done) : JournalWriter::begin(file, header);
  Outcome outcome;
  const EvaluateOptions options{.budget = 0, .origin = {.model = "m", .seed = 3}, .threads = 2};
  outcome.evaluation = evaluate(
      std::make_unique<RowsInMemory>(std::move(rows)), find_protocol("pairs"), judge, done, journal,
      options,
      [&](const DatasetRow&, const EvalExample& example, LazyImages&) {
        outcome.ids.push_back(example.id);
      },
      [&](std::string_view, std::int64_t examples, std::int64_t) { return examples < most; });
  return outcome;
}

/// The journal without its wall times.
std::string without_times(const TempFolder& folder) {
  std::string text = read_file(folder.path() / "journal.jsonl");
  for (std::size_t at = text.find("\"ms\""); at != std::string::npos; at = text.find("\"ms\"", at))
    text.erase(at, text.find('}', at) - at);
  return text;
}

TEST(Evaluate, JudgesEveryExampleAndWritesOneLineAComparison) {
  const TempFolder folder;
  FirstIsBetter judge;
  const Outcome whole = run(folder, three_rows(), judge);
  EXPECT_THAT(whole.ids, ElementsAre("x", "y", "z"));
  const EvalJournal journal = read_journal(folder.path() / "journal.jsonl");
  EXPECT_EQ(journal.header, kHeader);
  ASSERT_EQ(journal.examples.size(), 3U);
  EXPECT_EQ(journal.examples[0].pairs.size(), 3U);
  EXPECT_EQ(journal.examples[1].ranks, (std::vector<double>{2, 1}));
  EXPECT_EQ(journal.examples[1].sizes[0], (PictureSize{2, 2}));
  const EvalPair& pair = journal.examples[1].pairs[0];
  EXPECT_DOUBLE_EQ(pair.result.p, 0.9);
  EXPECT_DOUBLE_EQ(pair.share, 0);
  EXPECT_EQ(pair.result.votes, 2);
  EXPECT_EQ(pair.result.flip_rate, 0);
  EXPECT_EQ(pair.prompt_tokens, 100);
  EXPECT_EQ(pair.completion_tokens, 20);
}

TEST(Evaluate, RecordsHaveTheKeysOfTheComparisonRecord) {
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, {row("y", "a dog", {"y0", "y1"}, {2, 1})}, judge);
  const std::string text = read_file(folder.path() / "journal.jsonl");
  const auto json = nlohmann::json::parse(text.substr(text.find('\n') + 1));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["id"], "y:0-1");
  EXPECT_EQ(json["images"], (nlohmann::json{"y0", "y1"}));
  EXPECT_EQ(json["pair"], (nlohmann::json{0, 1}));
  EXPECT_EQ(
      json["votes"][1],
      (nlohmann::json{
          {"order", "ji"}, {"thinking", "b"}, {"answer", "2"}, {"p", 0.1}, {"status", "ok"}}));
  EXPECT_EQ(json["model"], "m");
  EXPECT_EQ(json["seed"], 3);
  EXPECT_GE(json["ms"], 0.0);
}

TEST(Evaluate, LeavesOutWhatCannotBeReadAndGoesOn) {
  const TempFolder folder;
  FirstIsBetter judge;
  const Outcome some =
      run(folder, {row("x", "p", {"broken", "x1"}, {1, 2}), row("y", "q", {"y0", "y1"}, {1, 2})},
          judge);
  EXPECT_THAT(some.ids, ElementsAre("y"));
  ASSERT_EQ(some.evaluation.failures.size(), 1U);
  EXPECT_EQ(some.evaluation.failures[0].first, "x");
  EXPECT_THAT(some.evaluation.failures[0].second, HasSubstr("'broken'"));
  EXPECT_EQ(read_journal(folder.path() / "journal.jsonl").examples.size(), 1U);
}

TEST(Evaluate, AnExampleIsFinishedOrFailedAndNeverBoth) {
  const TempFolder folder;
  const auto file = folder.path() / "journal.jsonl";
  FirstIsBetter judge;
  JournalWriter journal = JournalWriter::begin(file, kHeader);
  const Evaluation evaluation =
      evaluate(std::make_unique<RowsInMemory>(three_rows()), find_protocol("pairs"), judge, {},
               journal, {.origin = {.model = "m", .seed = 3}, .threads = 1},
               [](const DatasetRow&, const EvalExample& example, LazyImages&) {
                 require(example.id != "y", "The scorer cannot read it.");
               },
               {});
  EXPECT_EQ(evaluation.examples, 2);
  EXPECT_EQ(evaluation.failures.size(), 1U);
  const EvalJournal read = read_journal(file);
  ASSERT_EQ(read.examples.size(), 2U);
  EXPECT_EQ(read.examples[1].id, "z");
  EXPECT_THAT(read_file(file), HasSubstr("\"error\":\"The scorer cannot read it.\""));
}

TEST(Evaluate, AnExampleWithoutALabelIsNoFailure) {
  const TempFolder folder;
  FirstIsBetter judge;
  const Outcome some =
      run(folder, {row("x", "p", {"x0", "x1"}, {}), row("y", "q", {"y0", "y1"}, {1, 2})}, judge);
  EXPECT_THAT(some.ids, ElementsAre("y"));
  EXPECT_EQ(some.evaluation.unlabelled, 1);
  EXPECT_TRUE(some.evaluation.failures.empty());
}

TEST(Evaluate, HandsExamplesOnInTheOrderOfTheDataThoughTheyFinishInAnother) {
  std::string one_by_one, at_once;
  for (const std::size_t room : {1, 3}) {
    const TempFolder folder;
    FirstIsBetter judge;
    judge.room = room;
    EXPECT_THAT(run(folder, three_rows(), judge).ids, ElementsAre("x", "y", "z"));
    (room == 1 ? one_by_one : at_once) = without_times(folder);
  }
  EXPECT_EQ(at_once, one_by_one);
}

TEST(Evaluate, LeavesOutWhatTheJudgeRefusesWhileOthersGoOn) {
  const TempFolder folder;
  FirstIsBetter judge;
  judge.room = 3;
  judge.refuses = "y";
  const Outcome some = run(folder, three_rows(), judge);
  EXPECT_THAT(some.ids, ElementsAre("x", "z"));
  ASSERT_EQ(some.evaluation.failures.size(), 1U);
  EXPECT_EQ(some.evaluation.failures[0].second, "The server refuses it.");
}

TEST(Evaluate, LosesNothingThatIsFinishedWhenTheJudgeGoesAway) {
  const TempFolder folder;
  FirstIsBetter judge, after;
  judge.room = 3;
  judge.dies_after = 2;  // z and y are answered, x is not
  EXPECT_EQ(refusal_of([&] { run(folder, three_rows(), judge); }, ErrorKind::kNetwork),
            "The server is gone.");
  EXPECT_EQ(read_journal(folder.path() / "journal.jsonl").examples.size(), 2U);
  const Outcome resumed = run(folder, three_rows(), after, true);
  EXPECT_EQ(after.calls, 1);
  EXPECT_THAT(resumed.ids, ElementsAre("x", "y", "z"));
  EXPECT_EQ(resumed.evaluation.resumed, 2);
}

TEST(Resume, JudgesOnlyWhatIsMissingAndHandsEverythingOn) {
  const TempFolder folder;
  FirstIsBetter before, after;
  EXPECT_TRUE(run(folder, three_rows(), before, false, 2).evaluation.is_partial);
  const Outcome resumed = run(folder, three_rows(), after, true);
  EXPECT_EQ(before.calls, 2);
  EXPECT_EQ(after.calls, 1);
  EXPECT_THAT(resumed.ids, ElementsAre("x", "y", "z"));
  EXPECT_EQ(resumed.evaluation.resumed, 2);
  EXPECT_FALSE(resumed.evaluation.is_partial);
}

TEST(Resume, MakesTheJournalOfAnUninterruptedRun) {
  std::string interrupted, whole;
  {
    const TempFolder folder;
    FirstIsBetter judge;
    run(folder, three_rows(), judge, false, 1);
    run(folder, three_rows(), judge, true);
    interrupted = without_times(folder);
  }
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, three_rows(), judge);
  EXPECT_EQ(interrupted, without_times(folder));
}

TEST(Resume, DecodesNoImageOfWhatIsFinishedUnlessItIsAskedFor) {
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, three_rows(), judge);
  std::atomic<int> reads = 0;
  auto rows = three_rows();
  for (DatasetRow& row : rows) {
    for (ImageSource& image : row.images)
      image.read = [&reads, read = image.read] { return ++reads, read(); };
  }
  EXPECT_EQ(run(folder, rows, judge, true).evaluation.resumed, 3);
  EXPECT_EQ(reads, 0);
}

TEST(Resume, JudgesAnExampleAgainThatWasCutInTheMiddle) {
  const TempFolder folder;
  FirstIsBetter before, after;
  run(folder, {three_rows()[0]}, before);
  const auto file = folder.path() / "journal.jsonl";
  const std::string text = read_file(file);
  for (const std::size_t kept :
       {text.size() - 1, text.rfind('\n', text.size() - 2) + 1, text.size() - 40}) {
    folder.write("journal.jsonl", text.substr(0, kept));
    EXPECT_EQ(run(folder, {three_rows()[0]}, after, true).evaluation.resumed, 0);
    EXPECT_EQ(read_journal(file).examples.size(), 1U);
  }
  EXPECT_EQ(after.calls, 3);
}

TEST(Resume, RefusesAnotherRunAndNamesEveryDifference) {
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, three_rows(), judge);
  const auto refusal = [&](const nlohmann::ordered_json& header) {
    return refusal_of([&] { run(folder, three_rows(), judge, true, 1000, header); },
                      ErrorKind::kUser);
  };
  EXPECT_THAT(refusal({{"model", "other"}, {"protocol", "pairs"}, {"seed", 4}}),
              HasSubstr("model was \"m\" and is \"other\"; seed was 3 and is 4."));
  EXPECT_THAT(refusal({{"model", "m"}, {"protocol", "pairs"}, {"seed", 3}, {"votes", 8}}),
              HasSubstr("votes was null and is 8"));
}

TEST(Resume, RefusesOtherDataUnderTheSameName) {
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, three_rows(), judge);
  auto rows = three_rows();
  rows[1] = row("y", "a dog", {"y0", "y1"}, {1, 2});  // labels turned round
  EXPECT_THAT(refusal_of([&] { run(folder, rows, judge, true); }, ErrorKind::kUser),
              HasSubstr("'y' has another prompt, other images or ranks"));
  rows = three_rows();
  rows.pop_back();
  EXPECT_THAT(refusal_of([&] { run(folder, rows, judge, true); }, ErrorKind::kUser),
              HasSubstr("examples that the data set does not"));
}

TEST(Journal, IsNotBegunOverAnother) {
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, three_rows(), judge);
  EXPECT_THAT(refusal_of([&] { run(folder, three_rows(), judge); }, ErrorKind::kUser),
              HasSubstr("--resume continues it"));
}

TEST(Journal, NamesTheLineAndKeyThatIsWrong) {
  const TempFolder folder;
  FirstIsBetter judge;
  run(folder, three_rows(), judge);
  const std::string good = read_file(folder.path() / "journal.jsonl");
  const auto refusal = [&](const std::string& text) {
    return refusal_of([&] { read_journal(folder.write("bad.jsonl", text)); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal(""), HasSubstr("no header"));
  EXPECT_THAT(refusal("nonsense\n"), HasSubstr("bad.jsonl:1"));
  EXPECT_THAT(refusal("{\"schema\":1}\n"), HasSubstr("the object 'eval'"));
  EXPECT_THAT(refusal(good + good.substr(good.find('\n') + 1)),
              HasSubstr("was finished in an earlier line"));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(refusal(changed("\"share\":1.0", "\"share\":7.0")),
              HasSubstr("bad.jsonl:2: 'share' is 7"));
  EXPECT_THAT(refusal(changed("\"ranks\":[1.0,2.0,3.0]", "\"ranks\":[1.0,2.0]")),
              HasSubstr("lists of one length"));
  EXPECT_THAT(refusal(changed("\"pair\":[0,1]", "\"pair\":[0,9]")),
              HasSubstr("'pair' must hold two of the 3 images"));
  EXPECT_THAT(refusal(changed("\"unread\":0", "\"unread\":\"no\"")),
              HasSubstr("'unread' is \"no\", which is of a wrong type"));
}

TEST(PairsToJudge, AreAllWithoutABudget) { EXPECT_EQ(pairs_to_judge("x", 10, 0, 1).size(), 45U); }

TEST(PairsToJudge, OfABudgetAreDifferentSortedAndDrawnByTheSeedAndTheExample) {
  const auto text = [](const std::vector<PairIndex>& pairs) {
    std::string list;
    for (const PairIndex& pair : pairs) list += fmt::format("{}-{} ", pair.first, pair.second);
    return list;
  };
  const auto pairs = pairs_to_judge("x", 10, 12, 1);
  ASSERT_EQ(pairs.size(), 12U);
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    EXPECT_LT(std::pair(pairs[i - 1].first, pairs[i - 1].second),
              std::pair(pairs[i].first, pairs[i].second));
  }
  EXPECT_EQ(text(pairs), text(pairs_to_judge("x", 10, 12, 1)));
  EXPECT_NE(text(pairs), text(pairs_to_judge("x", 10, 12, 2)));
  EXPECT_NE(text(pairs), text(pairs_to_judge("y", 10, 12, 1)));
}

}  // namespace
}  // namespace juror
