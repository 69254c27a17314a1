// New labels for the fixture of Pick-a-Pic: three rows in two row groups, pictures k = 0 … 5 of
// 10 + k pixels width.
#include "eval/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "data/parquet.h"
#include "data/rows.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const auto kTable = testing::fixture("pickapic/data/train-00000-of-00002-0123456789abcdef.parquet");

/// Answers the pairs in turn by the list, the last asked first.
struct ListJudge : PairJudge {
  explicit ListJudge(std::vector<double> answers) : ps(std::move(answers)) {}
  void ask(std::size_t number, const PreferenceExample& example, const std::vector<Image>& images,
           const std::vector<PairIndex>&) override {
    prompts.push_back(example.prompt);
    widths.push_back(images.at(0).width);
    open.push_back(number);
  }
  bool has_room() const override { return open.size() < 2; }
  std::optional<ExampleComparisons> poll() override {
    if (open.empty()) return std::nullopt;
    ExampleComparisons done{.number = open.back(), .comparisons = {}, .refusal = {}};
    open.pop_back();
    const double p = ps.at(done.number);
    done.comparisons.push_back({.pair = {0, 1},
                                .result = {.status = PairStatus::kOk, .p = p, .p_ij = p, .p_ji = p},
                                .votes = {}});
    return done;
  }
  void cancel() override { open.clear(); }

  std::vector<double> ps;
  std::vector<std::size_t> open = {};
  std::vector<std::string> prompts = {};
  std::vector<int> widths = {};
};

class Relabel : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::read_symlink("/proc/self/exe").parent_path() / "libjuror-parquet.so"))
      GTEST_SKIP() << "built without Arrow";
  }

  const TempFolder folder_;
  const fs::path file_ = folder_.path() / "journal.jsonl";
  const nlohmann::ordered_json header_ = {{"model", "m"}};

  JudgedRows judge(ListJudge& judge, const fs::path& table = kTable,
                   const Progress& progress = {}) {
    EvalJournal done;
    JournalWriter journal = fs::exists(file_) ? JournalWriter::resume(file_, header_, done)
                                              : JournalWriter::begin(file_, header_);
    return judge_rows(table, judge, done, journal, {.origin = {"m", 0}, .image = {}}, progress);
  }
};

TEST_F(Relabel, JudgesEveryRowWhateverItsLabel) {
  ListJudge list({0.9, 0.2, 0.5});
  const JudgedRows rows = judge(list);
  EXPECT_THAT(rows.p, ElementsAre(0.9, 0.2, 0.5));
  EXPECT_THAT(list.prompts, ElementsAre("a hat", "a cup", "a pen"));
  EXPECT_THAT(list.widths, ElementsAre(10, 12, 14));
  EXPECT_TRUE(rows.failures.empty());
}

TEST_F(Relabel, AResumedRunJudgesOnlyWhatIsMissing) {
  ListJudge first({0.9, 0.2, 0.5});
  int polls = 0;
  const JudgedRows part = judge(first, kTable, [&](auto, auto, auto) { return ++polls < 2; });
  EXPECT_TRUE(part.is_partial);
  ListJudge second({0.9, 0.2, 0.5});
  const JudgedRows all = judge(second);
  EXPECT_THAT(all.p, ElementsAre(0.9, 0.2, 0.5));
  EXPECT_EQ(all.resumed + std::ssize(second.prompts), 3);
  EXPECT_GT(all.resumed, 0);
}

TEST_F(Relabel, TheJournalOfAnotherTableIsRefused) {
  ListJudge list({0.9, 0.2, 0.5});
  judge(list);
  const fs::path other = folder_.path() / kTable.filename();  // of the same name
  const auto copy = rewrite_parquet(kTable, other);
  copy->copy({{"image_0_uid", {"x", "y"}}});
  copy->finish();
  EXPECT_THAT(refusal_of([&] { judge(list, other); }, ErrorKind::kUser),
              HasSubstr("it is of another table"));
}

TEST_F(Relabel, WritesLabelsTiesAndRowsWithoutOne) {
  const fs::path out = folder_.path() / "out.parquet";
  const LabelTally tally =
      write_labels(kTable, out, {0.45, 0.9, kUnknown}, {.temperature = 1, .tie_band = 0.1});
  EXPECT_EQ(tally.rows, 3);
  EXPECT_EQ(tally.ties, 1);
  EXPECT_EQ(tally.first, 1);
  EXPECT_EQ(tally.unlabelled, 1);
  EXPECT_EQ(tally.changed, 3);  // were 1, 0.5 and 0
  const auto file = open_parquet(out);
  const auto group = file->group(0), last = file->group(1);
  EXPECT_EQ(group->row(0)["label_0"], 0.5);
  EXPECT_EQ(group->row(0)["label_1"], 0.5);
  EXPECT_EQ(group->row(0)["best_image_uid"], "");
  EXPECT_EQ(group->row(0)["has_label"], true);
  EXPECT_EQ(group->row(1)["label_0"], 1.0);
  EXPECT_EQ(group->row(1)["label_1"], 0.0);
  EXPECT_EQ(group->row(1)["best_image_uid"], "uid-2");
  EXPECT_EQ(last->row(0)["has_label"], false);
  EXPECT_EQ(last->row(0)["caption"], "a pen");
  EXPECT_EQ(last->picture("jpg_1", 0), open_parquet(kTable)->group(1)->picture("jpg_1", 0));
}

TEST_F(Relabel, APictureThatCannotBeReadFailsAlone) {
  const fs::path broken = folder_.path() / "broken.parquet";
  const auto writer = create_parquet(broken, {{"caption", ParquetType::kText},
                                              {"jpg_0", ParquetType::kBinary},
                                              {"jpg_1", ParquetType::kBinary},
                                              {"label_0", ParquetType::kDouble},
                                              {"label_1", ParquetType::kDouble}});
  const std::string good = read_file(testing::fixture("hpdv2/test/00000.jpg"));
  using Json = nlohmann::ordered_json;
  const Json jpg = Json::binary({good.begin(), good.end()});
  writer->add({{"caption", "a"}, {"jpg_0", Json::binary({1, 2})}, {"jpg_1", jpg}});
  writer->add({{"caption", "b"}, {"jpg_0", jpg}, {"jpg_1", jpg}});
  writer->finish();
  ListJudge list({0.9, 0.2});
  const JudgedRows rows = judge(list, broken);
  ASSERT_EQ(rows.failures.size(), 1U);
  EXPECT_EQ(rows.failures[0].first, 0);
  EXPECT_TRUE(std::isnan(rows.p.at(0)));
  EXPECT_EQ(rows.p.at(1), 0.2);
}

}  // namespace
}  // namespace juror
