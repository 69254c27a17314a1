// The linear scorer: its score, its file, and what it learns from pairs whose truth is known.
#include "judge/linear_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "preference/logistic.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

LinearTraining sharper_is_better(int pairs) {
  LinearTraining training;
  Random random{7};
  for (int i = 0; i < pairs; ++i) {
    const ImageStatistics a{.sharpness_fine = random.uniform(0, 4), .noise = random.uniform()};
    const ImageStatistics b{.sharpness_fine = random.uniform(0, 4), .noise = random.uniform()};
    training.add(a, b, logistic(1.5 * (a.sharpness_fine - b.sharpness_fine)));
  }
  return training;
}

TEST(LinearScorer, LearnsTheWeightThatMadeTheShares) {
  const LinearScorer scorer = sharper_is_better(500).fit(1e-6, "test");
  const ImageStatistics dull{.sharpness_fine = 1}, sharp{.sharpness_fine = 3};
  EXPECT_NEAR(scorer.score(sharp) - scorer.score(dull), 3.0, 1e-3);  // 1.5 · (3 − 1)
  const ImageStatistics noisy{.sharpness_fine = 1, .noise = 1};
  EXPECT_NEAR(scorer.score(noisy), scorer.score(dull), 1e-3);
}

TEST(LinearScorer, GivesNoWeightToWhatNeverVaries) {
  for (const LinearFeature& feature : sharper_is_better(50).fit(1, "test").features) {
    if (feature.name == "haze") EXPECT_EQ(feature.weight, 0);
  }
}

TEST(LinearScorer, OfRatingsFollowsTheMeansAndTheSharesOfPairs) {
  // Means are 10 points a unit of sharpness; spreads of 12 on both sides: Φ(Δ/17), which σ(0.1·Δ)
  // follows (1.702/17 = 0.1), so a unit of sharpness is worth about 1.
  std::vector<RatedStatistics> images;
  std::vector<double> means;
  Random random{7};
  for (int i = 0; i < 200; ++i) {
    const double sharpness = random.uniform(0, 4);
    means.push_back(20 + 10 * sharpness);
    images.push_back({{.sharpness_fine = sharpness, .noise = random.uniform()},
                      {.mean = means.back(), .sd = 12}});
  }
  const auto pairs = draw_rated_pairs(means, std::vector<std::string>(200), {.pairs = 2000}, 1);
  const LinearScorer scorer = fit_linear_ratings(images, pairs, 1e-3, "test");
  const ImageStatistics dull{.sharpness_fine = 1}, sharp{.sharpness_fine = 3},
      noisy{.sharpness_fine = 1, .noise = 1};
  EXPECT_NEAR(scorer.score(sharp) - scorer.score(dull), 2, 0.1);
  EXPECT_NEAR(scorer.score(noisy), scorer.score(dull), 0.01);
  EXPECT_EQ(scorer.pairs, 2000);
}

TEST(LinearScorer, ReadsBackWhatItWrites) {
  const LinearScorer scorer = sharper_is_better(50).fit(2, "a source");
  const TempFolder folder;
  folder.write("linear.json", scorer.json().dump());
  const LinearScorer read = load_linear_scorer(folder.path() / "linear.json");
  EXPECT_EQ(read.json(), scorer.json());
  const ImageStatistics statistics{.sharpness_fine = 2, .noise = 0.3, .haze = 0.1};
  EXPECT_EQ(read.score(statistics), scorer.score(statistics));
}

std::string refusal(const nlohmann::ordered_json& json) {
  const TempFolder folder;
  folder.write("linear.json", json.dump());
  try {
    load_linear_scorer(folder.path() / "linear.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(LinearScorer, RefusesFilesThatAreNone) {
  nlohmann::ordered_json good = sharper_is_better(20).fit(1, "test").json();
  EXPECT_EQ(refusal(good), "");
  EXPECT_THAT(refusal({{"kind", "other"}}), HasSubstr("not a linear scorer"));
  auto json = good;
  json["features"].erase(0);
  EXPECT_THAT(refusal(json), HasSubstr("'sharpness_fine' must be there once"));
  json = good;
  json["features"].push_back({{"name", "beauty"}, {"mean", 0}, {"sd", 1}, {"weight", 1}});
  EXPECT_THAT(refusal(json), HasSubstr("no statistic 'beauty'"));
  json = good;
  json["features"][2]["sd"] = 0;
  EXPECT_THAT(refusal(json), HasSubstr("feature 2: the sd of 'noise' is 0"));
  json = good;
  json["features"][1]["weight"] = "much";
  EXPECT_THAT(refusal(json), HasSubstr("'weight' is missing"));
}

TEST(LinearTraining, CountsAPairOfHalfTheWeightHalf) {
  LinearTraining twice, weighted;
  ImageStatistics first, second;
  first.sharpness_fine = 1;
  for (int i = 0; i < 2; ++i) twice.add(first, second, 1);
  twice.add(second, first, 1);
  weighted.add(first, second, 1, 1);
  weighted.add(second, first, 1, 0.5);
  // the same evidence, 2 to 1, at twice the ridge
  EXPECT_NEAR(twice.fit(1, "").features[0].weight, weighted.fit(0.5, "").features[0].weight, 1e-9);
}

TEST(LinearScorer, IsNotTrainedOnNothing) {
  EXPECT_THROW(LinearTraining().fit(1, "nothing"), Error);
}

}  // namespace
}  // namespace juror
