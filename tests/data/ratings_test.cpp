// Tables of ratings: columns, numbers, splits and what is refused. No image is read.
#include "data/ratings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "data/inspect.h"
#include "rows.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder with one table.
class Table {
 public:
  explicit Table(const std::string& text, const std::string& name = "mos.csv") {
    folder_.write(name, text);
  }
  RatedImages read(const DatasetOptions& options = {}) const {
    return read_rated_images(folder_.path(), options);
  }
  std::vector<DatasetRow> rows(const DatasetOptions& options = {}) const {
    return testing::rows_of(folder_.path(), options);
  }
  std::string refusal(const DatasetOptions& options = {}) const {
    return refusal_of([&] { rows(options); }, ErrorKind::kUser);
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

std::vector<std::string> names_of(const RatedImages& rated) {
  std::vector<std::string> names;
  for (const RatedImage& image : rated.images) names.push_back(image.name);
  return names;
}

TEST(Ratings, OfMeansAndSpreadsGiveModelledShares) {
  const Table table("file,mos,std\na.jpg,60,3\nb.jpg,50,4\n");
  const auto rows = table.rows();
  ASSERT_EQ(rows.size(), 1U);
  const PreferenceExample& example = rows[0].example;
  const std::size_t a = example.images[0] == "a.jpg" ? 0 : 1;
  EXPECT_NEAR(*vote_share(example, a, 1 - a), 0.977249868, 1e-9);
  EXPECT_EQ(share_source(example, 0, 1), ShareSource::kModelled);
  EXPECT_EQ(example.ranking, a == 0 ? (Ranks{1, 2}) : (Ranks{2, 1}));
  EXPECT_EQ(example.id, example.images[0] + " vs " + example.images[1]);
  EXPECT_EQ(example.source, "ratings");
}

TEST(Ratings, KnowTheColumnsOfKonIQ) {
  const Table table(
      "\"image_name\",\"c1\",\"c2\",\"c3\",\"c4\",\"c5\",\"c_total\",\"MOS\",\"SD\",\"MOS_"
      "zscore\"\n"
      "10004473376.jpg,0,0,25,73,7,105,3.828571429,0.527278,72.1\n"
      "10007357496.jpg,0,3,45,47,1,96,3.479167,0.580004,56.2\n",
      "koniq10k_scores_and_distributions.csv");
  const RatedImages rated = table.read();
  EXPECT_THAT(names_of(rated), ElementsAre("10004473376.jpg", "10007357496.jpg"));
  EXPECT_THAT(rated.images[0].rating.counts, ElementsAre(0, 0, 25, 73, 7));
  EXPECT_DOUBLE_EQ(rated.images[0].rating.mean, 3.828571429);
  EXPECT_DOUBLE_EQ(*rated.images[0].rating.count, 105);
  EXPECT_EQ(rated.scale.low, 1);
  EXPECT_EQ(rated.scale.high, 5);
  EXPECT_EQ(share_source(table.rows()[0].example, 0, 1), ShareSource::kRatingCounts);
}

TEST(Ratings, KnowTheSetsOfKonIQ) {
  const Table table(
      "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set\n"
      "1.jpg,0,0,25,73,7,105,79.1,0.5,training\n2.jpg,0,3,45,47,1,96,66.3,0.5,training\n"
      "3.jpg,0,3,45,47,1,96,66.3,0.5,test\n");
  EXPECT_THAT(names_of(table.read({.split = "training"})), ElementsAre("1.jpg", "2.jpg"));
  EXPECT_THAT(table.refusal({.split = "train"}),
              HasSubstr("has no split 'train', but test, training."));
  EXPECT_THAT(table.refusal(), HasSubstr("has the splits test, training; name one with --split"));
}

TEST(Ratings, KnowAvaAsItsAuthorsPublishIt) {
  const Table table(
      "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396\n2 953958 10 7 15 26 26 21 10 8 1 2 15 21 1396\n",
      "AVA.txt");
  const RatedImages rated = table.read();
  EXPECT_THAT(names_of(rated), ElementsAre("953619.jpg", "953958.jpg"));
  EXPECT_THAT(rated.images[0].rating.counts, ElementsAre(0, 1, 5, 17, 38, 36, 15, 6, 5, 1));
  EXPECT_NEAR(rated.images[0].rating.mean, 5.637097, 1e-6);  // as published for 953619
  EXPECT_EQ(rated.scale.high, 10);
  EXPECT_EQ(table.read({.ratings = {.within = "challenge"}}).images[1].group, "1396");
}

TEST(Ratings, KnowSpaqSavedAsCsv) {
  const Table table(
      "Image name,MOS,Brightness,Colorfulness,Contrast,Noisiness,Sharpness\n"
      "00001.jpg,21.17,36.83,39,36.5,22.83,20.83\n00002.jpg,58.17,69.5,65.67,63.5,57.17,58.17\n");
  EXPECT_THAT(names_of(table.read()), ElementsAre("00001.jpg", "00002.jpg"));
  EXPECT_EQ(share_source(table.rows()[0].example, 0, 1), ShareSource::kMeans);
}

TEST(Ratings, ReadTabsAndDecimalCommas) {
  const Table tabs("path\tscore\tsd\na.jpg\t3,25\t0,5\nb.jpg\t4\t0,75\n", "ratings.tsv");
  EXPECT_DOUBLE_EQ(tabs.read().images[0].rating.mean, 3.25);
  EXPECT_DOUBLE_EQ(*tabs.read().images[1].rating.sd, 0.75);
  const Table semicolons("image;mean\na.jpg;61,5\nb.jpg;40,25\n");
  EXPECT_DOUBLE_EQ(semicolons.read().images[1].rating.mean, 40.25);
}

TEST(Ratings, RefuseDecimalsOfTwoKinds) {
  const Table table("file;mos\na.jpg;61.5\nb.jpg;40,25\n");
  EXPECT_THAT(table.refusal(), HasSubstr("mos.csv:3: 'mos' is \"40,25\", with a decimal comma, and "
                                         "points are expected, as in "));
  EXPECT_THAT(Table("file;mos\na.jpg;61.5\n").refusal({.ratings = {.decimal = "comma"}}),
              HasSubstr("commas are expected (--ratings.decimal)"));
  EXPECT_THAT(Table("file;mos\na.jpg;1.061,5\n").refusal(), HasSubstr("separators of thousands"));
}

TEST(Ratings, RefuseScoresThatAreNoNumbers) {
  EXPECT_THAT(Table("file,mos\na.jpg,good\n").refusal(),
              HasSubstr("mos.csv:2: 'mos' is \"good\"; it must be a number."));
  EXPECT_THAT(Table("file,mos\na.jpg,nan\n").refusal(),
              HasSubstr("'mos' is nan; it must be a finite"));
  EXPECT_THAT(Table("file,mos\na.jpg,inf\n").refusal(), HasSubstr("'mos' is inf"));
  EXPECT_THAT(Table("file,mos\na.jpg,\n").refusal(), HasSubstr("the number 'mos' is missing"));
  EXPECT_THAT(Table("file,mos\na.jpg,5 points\n").refusal(), HasSubstr("must be a number"));
  EXPECT_THAT(Table("file,1,2,3\na.jpg,1,2,-3\n").refusal(),
              HasSubstr("'3' is -3; it must be a count of people"));
}

TEST(Ratings, RefuseScoresOutsideTheStatedRange) {
  const Table table("file,mos\na.jpg,50\nb.jpg,101\n");
  EXPECT_THAT(table.refusal({.ratings = {.range = "0:100"}}),
              HasSubstr("mos.csv:3: 'mos' is 101, outside the stated range from 0 to 100."));
  EXPECT_THAT(table.refusal({.ratings = {.range = "0 to 9"}}), HasSubstr("as 0:100"));
  EXPECT_THAT(table.refusal({.ratings = {.range = "9:1"}}), HasSubstr("as 0:100"));
}

TEST(Ratings, RefuseOneRatingAndASpreadOfZero) {
  EXPECT_THAT(Table("file,mos,n\na.jpg,50,1\n").refusal(),
              HasSubstr("mos.csv:2: 1 people rated this image; two or more"));
  EXPECT_THAT(Table("file,1,2,3\na.jpg,0,1,0\n").refusal(), HasSubstr("1 people rated this image"));
  EXPECT_THAT(Table("file,mos,std\na.jpg,50,0\n").refusal(),
              HasSubstr("'std' is 0; a standard deviation of ratings is above 0"));
  EXPECT_THAT(Table("file,mos,std\na.jpg,50,-2\n").refusal(), HasSubstr("'std' is -2"));
  EXPECT_THAT(Table("file,1,2,3,n\na.jpg,1,2,3,7\n").refusal(),
              HasSubstr("'n' is 7, and the counts together are 6"));
}

TEST(Ratings, RefuseAnImageThatStandsTwice) {
  EXPECT_THAT(Table("file,mos\na.jpg,50\nb.jpg,40\na.jpg,51\n").refusal(),
              HasSubstr("mos.csv:4: the image 'a.jpg' stands in"));
}

TEST(Ratings, RefuseSplitsThatShareAnImage) {
  EXPECT_THAT(Table("file,mos,split\na.jpg,50,train\na.jpg,50,validation\n").refusal(),
              HasSubstr("the image 'a.jpg' is of the split 'validation' here and of 'train' in"));
  const TempFolder folder;
  folder.write("train.csv", "file,mos\na.jpg,50\nb.jpg,40\n");
  folder.write("test.csv", "file,mos\nb.jpg,50\nc.jpg,40\n");
  EXPECT_THAT(testing::dataset_refusal(folder.path(), {.split = "test"}),
              HasSubstr("the image 'b.jpg' is of the split 'train' here and of 'test' in"));
}

TEST(Ratings, OfTwoImagesWithoutADifferenceGiveNoPair) {
  EXPECT_THAT(Table("file,mos\na.jpg,50\nb.jpg,50\n").refusal(), HasSubstr("No pair can be drawn"));
}

TEST(Ratings, RefuseAColumnOfGroupsThatIsNotThere) {
  EXPECT_THAT(Table("file,mos\na.jpg,50\nb.jpg,40\n").refusal({.ratings = {.within = "scene"}}),
              HasSubstr("there is no column 'scene' (--ratings.within)"));
}

TEST(Ratings, OfGeneratedImagesArePairedWithinTheirPrompt) {
  const Table table(
      "file,mos,prompt\na.jpg,5,a cat\nb.jpg,4,a cat\nc.jpg,3,a dog\nd.jpg,2,a dog\n");
  const auto rows = table.rows();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ((std::set{rows[0].example.prompt, rows[1].example.prompt}),
            (std::set<std::string>{"a cat", "a dog"}));
  EXPECT_EQ(table.rows({.ratings = {.within = "none"}}).size(), 6U);
}

TEST(Ratings, WithoutSplitsAreDividedByImage) {
  std::string text = "file,mos\n";
  for (int i = 0; i < 400; ++i) text += fmt::format("{}.jpg,{}\n", i, i % 97);
  const Table table(text);
  std::set<std::string> all;
  std::size_t count = 0;
  for (const char* split : {"train", "validation", "test"}) {
    const auto names = names_of(table.read({.split = split}));
    count += names.size();
    all.insert(names.begin(), names.end());
  }
  EXPECT_EQ(count, 400U);
  EXPECT_EQ(all.size(), 400U);
  EXPECT_NEAR(static_cast<double>(table.read({.split = "train"}).images.size()), 360, 24);
  const auto half = table.read({.fraction = 0.5, .seed = 3});
  EXPECT_NEAR(static_cast<double>(half.images.size()), 200, 40);
  EXPECT_THAT(table.refusal({.split = "dev"}), HasSubstr("There is no split 'dev'"));
}

TEST(Ratings, SayWhichScaleIsAssumed) {
  EXPECT_EQ(Table("file,mos\na,0.2\nb,0.9\n").read().scale.high, 1);
  EXPECT_EQ(Table("file,mos\na,1.2\nb,4.9\n").read().scale.high, 5);
  EXPECT_EQ(Table("file,mos\na,3.4\nb,92\n").read().scale.high, 100);
  const RatingScale own = Table("file,mos\na,-3\nb,2\n").read().scale;
  EXPECT_EQ(own.low, -3);
  EXPECT_TRUE(own.is_assumed);
  EXPECT_FALSE(Table("file,mos\na,1\nb,2\n").read({.ratings = {.range = "0:7"}}).scale.is_assumed);
}

TEST(Ratings, LeaveTablesOfPairsAndLabelledImagesToTheirFormats) {
  EXPECT_FALSE(holds_ratings(
      Table("prompt,image_1,image_2,label,score\np,a,b,1,3\n").path() / "mos.csv", {}));
  const TempFolder folder;
  folder.write("metadata.csv", "jpg_0_file_name,jpg_1_file_name,caption,label\na,b,c,1\n");
  EXPECT_FALSE(holds_ratings(folder.path(), {}));
}

TEST(Ratings, AreNamedAsModelledByInspect) {
  const Table table("file,mos,std\na.jpg,60,3\nb.jpg,50,4\nc.jpg,40,4\n");
  const auto reader = open_dataset(table.path());
  const DatasetReport report = inspect_dataset(*reader, false, {});
  EXPECT_EQ(report.shares.at(ShareSource::kModelled), 3);
  EXPECT_EQ(report.rated_images, 3);
}

TEST(Ratings, AskForWorkbooksAsCsv) {
  const TempFolder folder;
  folder.write("mos.xlsx", "PK");
  EXPECT_THAT(testing::dataset_refusal(folder.path() / "mos.xlsx"),
              HasSubstr("save its sheet as CSV"));
  EXPECT_THAT(testing::dataset_refusal(folder.path()), HasSubstr("save the sheet as CSV"));
}

}  // namespace
}  // namespace juror
