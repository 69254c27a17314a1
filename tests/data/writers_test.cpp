// The formats of `juror export`, read back by our own readers. tools/check_exports.py reads them as
// their consumers do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/rows.h"
#include "data/writers/export_folder.h"
#include "data/writers/export_target.h"
#include "file_size_limit.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Three pictures of the fixture of HPDv2, the second the best; 0–2 is a tie, 1–2 was not read.
JudgedGroup make_group() {
  JudgedGroup group{
      .id = "a", .prompt = "a hat", .judge = "mini", .time_ns = 1'700'000'000'000'000'000};
  for (const int i : {0, 1, 2}) {
    const fs::path file = testing::fixture(fmt::format("hpdv2/test/0000{}.jpg", i));
    group.images.push_back({.name = fmt::format("in/{}.jpg", i), .file = file});
    group.images.back().source = {.name = file.string(), .read = [file] {
                                    const std::string bytes = read_file(file);
                                    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
                                  }};
    group.images.back().generator = fmt::format("model-{}", i);
  }
  const double scores[] = {0.5, 0.8, 0.3};
  const std::int64_t positions[] = {2, 1, 3};
  for (std::size_t i = 0; i < 3; ++i) {
    group.images[i].score = scores[i];
    group.images[i].score_low = scores[i] - 0.16;
    group.images[i].score_high = scores[i] + 0.16;
    group.images[i].position = positions[i];
  }
  group.pairs = {{.first = 0, .second = 1, .p = 0.2, .votes_first = 1, .votes_second = 3},
                 {.first = 0, .second = 2, .p = 0.5, .tie = true},
                 {.first = 1, .second = 2}};
  return group;
}

/// Exports one group and returns where it is.
fs::path export_to(const fs::path& out, const std::string& name, bool keep_ties = false,
                   JudgedGroup group = make_group()) {
  const ExportFormat& format = find_export_format(name);
  WriterOptions options{.question = "{prompt}: {image_1} or {image_2}?",
                        .question_without_prompt = "{image_1} or {image_2}?"};
  PairTally tally;
  const auto pairs = keep_pairs(group, {.keep_ties = keep_ties}, format.has_ties, tally);
  const auto target = begin_export(format, out, options);
  target->add({.group = group, .pairs = pairs, .pairs_of_prompt = std::ssize(pairs)});
  target->finish();
  return out;
}

class Writers : public ::testing::Test {
 protected:
  const TempFolder folder_;
  fs::path out(const std::string& name) const { return folder_.path() / name; }
};

TEST_F(Writers, PairFormatsComeBackAsTheyWentIn) {
  for (const char* name : {"imagefolder", "hpdv2"}) {
    SCOPED_TRACE(name);
    const auto rows = testing::rows_of(export_to(out(name), name));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].example.prompt, "a hat");
    EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1}));
    EXPECT_THAT(testing::pictures_of(rows[0]), ElementsAre(0, 1));
  }
}

TEST_F(Writers, Hpdv3HasThePreferredFirstWithItsVotesAndModels) {
  const auto rows = testing::rows_of(export_to(out("hpdv3"), "hpdv3"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(testing::pictures_of(rows[0]), ElementsAre(1, 0));
  EXPECT_THAT(rows[0].generators, ElementsAre("model-1", "model-0"));
  EXPECT_EQ(rows[0].example.votes.size(), 4U);
  EXPECT_DOUBLE_EQ(vote_share(rows[0].example, 0, 1).value(), 0.75);
}

TEST_F(Writers, WholeRankingsComeBackWithEveryPicture) {
  for (const char* name : {"imagereward", "juror"}) {
    SCOPED_TRACE(name);
    const auto rows = testing::rows_of(export_to(out(name), name));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].example.id, "a");
    EXPECT_EQ(rows[0].example.ranking, (Ranks{2, 1, 3}));
    EXPECT_THAT(testing::pictures_of(rows[0]), ElementsAre(0, 1, 2));
  }
}

TEST_F(Writers, EqualScoresAreATieWithAGapBehind) {
  JudgedGroup group = make_group();
  group.images[0].score = group.images[1].score - 1e-12;
  EXPECT_THAT(ranks_of(group), ElementsAre(1, 1, 3));
}

TEST_F(Writers, TiesAreKeptOnRequestWhereTheFormatHasAWordForThem) {
  EXPECT_EQ(testing::rows_of(export_to(out("folder"), "imagefolder", true)).size(), 2U);
  EXPECT_EQ(testing::rows_of(export_to(out("one-hot"), "hpdv2", true)).size(), 1U);
  const std::string battles = read_file(export_to(out("battles"), "arena", true));
  EXPECT_THAT(battles, HasSubstr(R"("model_a":"model-0","model_b":"model-1","winner":"model_b")"));
  EXPECT_THAT(battles, HasSubstr(R"("model_a":"model-0","model_b":"model-2","winner":"tie")"));
}

TEST_F(Writers, PicturesWhoseNamesAreNoUtf8StayTwoPlayersOfTheArena) {
  JudgedGroup group = make_group();
  for (const std::size_t i : {0, 1, 2}) group.images[i].generator = "";
  group.images[0].name = "a\xFE.png";
  group.images[1].name = "a\xFF.png";
  const std::string battles = read_file(export_to(out("battles"), "arena", false, group));
  EXPECT_THAT(battles, HasSubstr("\"model_a\":\"a\xEF\xBF\xBD.png (Yf4ucG5n)\""));
  EXPECT_THAT(battles, HasSubstr("\"model_b\":\"a\xEF\xBF\xBD.png (Yf8ucG5n)\""));
}

TEST_F(Writers, TheQuestionShowsBothOrdersOverManyPairsAndTheAnswerFollows) {
  JudgedGroup group = make_group();
  bool seen[2] = {};
  for (int i = 0; i < 20; ++i) {
    group.id = std::to_string(i);
    const std::string rows = read_file(
        export_to(out(fmt::format("dpo-{}", i)), "trl-dpo", false, group) / "metadata.jsonl");
    const bool swapped =
        rows.find(R"(["images/000000-1.jpg","images/000000-0.jpg"])") != std::string::npos;
    seen[swapped] = true;
    EXPECT_THAT(
        rows,
        HasSubstr(fmt::format(
            R"("chosen":[{{"role":"assistant","content":[{{"type":"text","text":"<answer>{}</answer>"}}]}}])",
            swapped ? 1 : 2)));
    EXPECT_THAT(
        rows,
        HasSubstr(
            R"({"type":"text","text":"a hat: "},{"type":"image"},{"type":"text","text":" or "})"));
  }
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST_F(Writers, APromptThatLlamaFactoryWouldTakeForAPictureIsRefused) {
  JudgedGroup group = make_group();
  group.prompt = "an <image> of a hat";
  EXPECT_THAT(
      refusal_of([&] { export_to(out("x"), "llama-factory", false, group); }, ErrorKind::kUser),
      HasSubstr("holds '<image>'"));
  EXPECT_FALSE(fs::exists(out("x")));
}

TEST_F(Writers, TiersAreTheKeptThoseThatMayBeAsGoodAndTheRest) {
  const JudgedGroup group = make_group();  // intervals: 0.34–0.66, 0.64–0.96, 0.14–0.46
  EXPECT_THAT(tiers(group, 1), ElementsAre(Tier::kOk, Tier::kBest, Tier::kRest));
  EXPECT_THAT(tiers(group, 2), ElementsAre(Tier::kBest, Tier::kBest, Tier::kOk));
  EXPECT_THAT(tiers(group, 9), ElementsAre(Tier::kBest, Tier::kBest, Tier::kBest));
}

TEST_F(Writers, LinksPointToTheOriginalsAndEqualNamesGetNumbers) {
  JudgedGroup group = make_group();
  for (JudgedImage& image : group.images) image.name = "a b\n\xe9.jpg";
  group.images[0].score_low = group.images[2].score_high = 0.7;
  const fs::path links = export_to(out("links"), "links", false, group);
  EXPECT_EQ(fs::read_symlink(links / "best" / "a b\n\xe9.jpg"), group.images[1].file);
  EXPECT_EQ(fs::read_symlink(links / "ok" / "a b\n\xe9.jpg"), group.images[0].file);
  EXPECT_EQ(fs::read_symlink(links / "ok" / "a b\n\xe9-2.jpg"), group.images[2].file);
}

TEST_F(Writers, AFolderThatHoldsSomethingIsRefusedAndLeftAlone) {
  fs::create_directory(out("photos"));
  folder_.write("photos/mine.jpg", "x");
  EXPECT_THAT(refusal_of([&] { export_to(out("photos"), "links"); }, ErrorKind::kUser),
              HasSubstr("exists already"));
  EXPECT_EQ(read_file(out("photos") / "mine.jpg"), "x");
}

TEST_F(Writers, AFullDiskLeavesNothingBehind) {
  for (const ExportFormat& format : export_formats()) {
    SCOPED_TRACE(format.name);
    if (format.name == "links") continue;               // writes no bytes
    if (format.storage == Storage::kParquet) continue;  // parquet/write_test.cpp: needs Arrow
    {
      const FileSizeLimit full(8);
      EXPECT_THAT(refusal_of([&] { export_to(out("x"), format.name, true); }, ErrorKind::kSystem),
                  HasSubstr("File too large"));
    }
    EXPECT_THAT(std::vector<fs::path>(fs::directory_iterator(folder_.path()), {}), IsEmpty());
  }
}

TEST_F(Writers, APictureThatCannotBeReadStopsTheExportAndNothingIsWritten) {
  JudgedGroup group = make_group();
  group.images[1].source.read = []() -> std::vector<std::uint8_t> { throw Error("gone"); };
  EXPECT_EQ(refusal_of([&] { export_to(out("x"), "imagefolder", false, group); }, ErrorKind::kUser),
            "gone");
  EXPECT_THAT(std::vector<fs::path>(fs::directory_iterator(folder_.path()), {}), IsEmpty());
}

TEST_F(Writers, AnUnknownFormatIsToldWithTheNearestOne) {
  EXPECT_THAT(refusal_of([] { find_export_format("trl-dop"); }, ErrorKind::kUser),
              HasSubstr("Did you mean 'trl-dpo'?"));
}

TEST(PairFilter, CountsEveryPairOnceUnderTheFirstReasonThatApplies) {
  JudgedGroup group = make_group();
  group.pairs.push_back({.first = 1, .second = 2, .p = 0.6});   // margin 0.5
  group.pairs.push_back({.first = 0, .second = 2, .p = 0.95});  // margin 0.2
  group.pairs.push_back({.first = 1, .second = 2, .p = 0.95});
  PairTally tally;
  const auto kept = keep_pairs(group, {.min_margin = 0.25, .min_confidence = 0.7}, true, tally);
  EXPECT_EQ(kept.size(), 2U);  // p 0.2 of margin 0.3, and the last
  EXPECT_EQ(tally.str(),
            "2 of 6 compared pairs; left out: 1 without a readable vote, 1 ties (--keep-ties keeps "
            "them), 1 below --min-margin, 1 below --min-confidence");
}

TEST(IsUnread, IsAGroupWhosePairsHaveNoReadableVoteAndNotOneWithoutPairs) {
  JudgedGroup group;
  EXPECT_FALSE(is_unread(group));  // a ranking by lists
  group.pairs = {{.first = 0, .second = 1}, {.first = 0, .second = 2}};
  EXPECT_TRUE(is_unread(group));
  group.pairs[1].p = 0.5;
  EXPECT_FALSE(is_unread(group));
}

TEST(RemoveImages, TakesTheirPairsAndClosesPositionsUp) {
  JudgedGroup group = make_group();
  EXPECT_EQ(remove_images(group, {false, true, false}), 2U);
  ASSERT_EQ(group.pairs.size(), 1U);
  EXPECT_EQ(group.pairs[0].second, 1U);
  EXPECT_EQ(group.images[0].position, 1);
  EXPECT_EQ(group.images[1].position, 2);
}

TEST(WriteNewFile, NeverTakesThePlaceOfAFile) {
  const TempFolder folder;
  EXPECT_TRUE(write_new_file(folder.path() / "a.xmp", "mine"));
  EXPECT_FALSE(write_new_file(folder.path() / "a.xmp", "theirs"));
  EXPECT_EQ(read_file(folder.path() / "a.xmp"), "mine");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace juror
