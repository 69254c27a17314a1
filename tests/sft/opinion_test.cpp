// Learning from real photos with people's ratings: what samples ask for, what is measured, and
// whole runs of a tiny model.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sft/opinion_eval.h"
#include "sft/opinion_source.h"
#include "sft/tiny_sft.h"

namespace juror {
namespace {

constexpr std::uint64_t kSeed = 5;

/// Four photos to train on, rated 10, 30, 50 and 90 of 100, and two to validate on.
class Opinions : public TinySft {
 protected:
  Opinions() {
    const auto rated = folder_.path() / "rated";
    std::filesystem::create_directories(rated / "images");
    std::string table = "file,mos,std,split\n";
    const int means[] = {10, 30, 50, 90, 20, 80};
    for (int i = 0; i < 6; ++i) {
      write_file_atomic(rated / "images" / fmt::format("{}.png", i),
                        encode_png(testing::make_scene(60 + 4 * i, 56, i)));
      table += fmt::format("{}.png,{},{},{}\n", i, means[i], 20, i < 4 ? "train" : "validation");
    }
    write_file_atomic(rated / "mos.csv", table);
    template_ = load_template(folder_.path() / "template.toml");
    const auto model = folder_.path() / "new";
    processor_ = std::make_unique<Processor>(load_processor(model, load_config(model)));
    photos_ = std::make_shared<RatedPhotos>(rated, "train");
  }

  SftOptions options(const std::string& run, std::int64_t steps) const {
    SftOptions o = TinySft::options(run, steps);
    o.opinions = (folder_.path() / "rated").string();
    return o;
  }

  OpinionSource source(const OpinionSourceOptions& options) const {
    std::vector<Degradation> seen(4);
    seen[0][Defect::kBlur] = 0.9F;
    return {photos_, seen, options, *processor_, template_, kSeed};
  }
  std::string text(const SftSample& sample) const {
    return processor_->tokenizer.decode(sample.completion);
  }

  PromptTemplate template_;
  std::unique_ptr<Processor> processor_;
  std::shared_ptr<const RatedPhotos> photos_;
};

TEST_F(Opinions, AreOnAScaleOfNoughtToOne) {
  ASSERT_EQ(photos_->size(), 4U);
  EXPECT_FLOAT_EQ(photos_->opinion(3).mean, 0.9F);
  EXPECT_FLOAT_EQ(*photos_->opinion(3).spread, 0.2F);
  EXPECT_DOUBLE_EQ(opinion_level({.mean = 0.5F, .spread = {}}), 4.5);
  EXPECT_DOUBLE_EQ(opinion_level({.mean = 0.99F, .spread = {}}), 9);
  EXPECT_DOUBLE_EQ(opinion_level({.mean = 0.01F, .spread = {}}), 0);
}

TEST_F(Opinions, OfSinglePicturesGoToTheHeadWithoutSeverities) {
  const SftSample sample = source({.single_pictures = true}).sample(3);
  ASSERT_EQ(sample.truths.size(), 1U);
  EXPECT_FALSE(sample.truths[0].has_severity);
  EXPECT_THAT((std::vector{0.1F, 0.3F, 0.5F, 0.9F}),
              ::testing::Contains(sample.truths[0].opinion->mean));
  EXPECT_TRUE(sample.completion.empty());
}

TEST_F(Opinions, OfAPairAskForTheVoteShareAndSayOnlyWhatTheTowerSees) {
  const OpinionSource pairs = source({.decisive_weight = 2, .answer_only = 0});
  bool blur_was_seen = false;
  for (std::uint64_t i = 0; i < 24; i += 2) {
    const SftSample one = pairs.sample(i), other = pairs.sample(i + 1);
    const auto mean = [](const SftSample& sample, std::size_t place) {
      return static_cast<double>(sample.truths[place].opinion->mean);
    };
    EXPECT_EQ(mean(one, 0), mean(other, 1));
    EXPECT_EQ(one.both_orders, other.both_orders);
    // Φ(Δ / √(20² + 20²))
    const double share = 0.5 * std::erfc(-(mean(one, 0) - mean(one, 1)) / 0.4);
    const SoftToken& answer = one.soft.back();
    const bool says_first = text(one).find("<answer>1") != std::string::npos;
    EXPECT_NEAR(says_first ? 1 - answer.share : answer.share, share, 1e-6);
    const bool has_worst = std::min(mean(one, 0), mean(one, 1)) < 0.11;
    EXPECT_EQ(text(one).find("strong blur") != std::string::npos, has_worst);
    blur_was_seen = blur_was_seen || has_worst;
    EXPECT_NE(text(one).find("nothing stands out"), std::string::npos);
  }
  EXPECT_TRUE(blur_was_seen);
}

TEST_F(Opinions, WhatTheTowerSawIsReadBackForTheSamePhotos) {
  std::vector<Degradation> seen(4);
  seen[1][Defect::kNoise] = 0.5F;
  const auto file = folder_.write("seen.jsonl", seen_lines(seen, *photos_));
  EXPECT_EQ(read_seen(file, *photos_), seen);
  const RatedPhotos others(folder_.path() / "rated", "validation");
  EXPECT_THAT(refusal_of([&] { read_seen(file, others); }, ErrorKind::kUser),
              ::testing::HasSubstr("line 1: the photo '4.png' is expected"));
}

// 0.1 < 0.2 < 0.5 said as 2, 1, 3: of three pairs two are right; 0.5 is far from both others.
TEST(OpinionReport, CountsPairsByHand) {
  const OpinionReport report =
      opinion_report(std::vector{2.0, 1.0, 3.0}, std::vector{0.1, 0.2, 0.5});
  EXPECT_DOUBLE_EQ(report.pairs, 2.0 / 3);
  EXPECT_DOUBLE_EQ(report.far_pairs, 1);
  EXPECT_DOUBLE_EQ(report.srocc, 0.5);
}

// One severity of 0.5 said as 0.3 and opinions of 0.6 and 0.2 said as 0.4 and 0.2; of the two only
// the first has a spread, 0.25 said as 0.2.
TEST(OpinionLoss, CountsWhatIsKnownAlone) {
  std::vector<SeverityTarget> targets(3);
  targets[0].severity[0] = 0.5F;
  for (std::size_t i : {1, 2}) targets[i].has_severity = false;
  targets[1].opinion = Opinion{.mean = 0.6F, .spread = 0.25F};
  targets[2].opinion = Opinion{.mean = 0.2F, .spread = {}};
  Tensor outputs = at::zeros({3, kHeadOutputs});
  outputs[0][0] = 0.3;
  outputs[1][0] = outputs[2][0] = 1;  // asked of nobody
  outputs[1][kHeadOutputs - 2] = 0.4;
  outputs[2][kHeadOutputs - 2] = outputs[1][kHeadOutputs - 1] = 0.2;
  const double presence = std::log(2.0);
  EXPECT_NEAR(severity_loss(outputs, targets).item<double>(), 10 * 0.04 / 9 + 0.3 * presence, 1e-6);
  EXPECT_NEAR(opinion_loss(outputs, targets).item<double>(), (1.0 + 0.0) / 2 + 0.2 * 1.0, 1e-5);
  targets.resize(1);
  EXPECT_EQ(opinion_loss(outputs, targets).item<double>(), 0);
}

TEST_F(Opinions, AreLearntBesideSeveritiesAndMeasuredOnOtherPhotos) {
  SftOptions o = options("run", 120);
  o.objective = "severity";
  o.eval_steps = 60;
  o.opinion_share = 0.75;
  train_sft(o, kGoOn, kSilent);
  std::vector<double> losses;
  int evaluations = 0;
  for (const auto& line : metrics("run")) {
    if (line.contains("opinion_loss")) losses.push_back(line["opinion_loss"].get<double>());
    if (!line.contains("eval/opinion_srocc")) continue;
    ++evaluations;
    EXPECT_EQ(line["eval/opinion_photos"], 2);
  }
  EXPECT_EQ(evaluations, 2);
  const auto mean = [](auto begin, auto end) { return std::accumulate(begin, end, 0.0) / 20; };
  EXPECT_LT(mean(losses.end() - 20, losses.end()), mean(losses.begin(), losses.begin() + 20));
}

TEST_F(Opinions, RunsResumeBitForBit) {
  for (const char* objective : {"severity", "completion"}) {
    SCOPED_TRACE(objective);
    const std::string whole = std::string("whole-") + objective,
                      parts = std::string("parts-") + objective;
    SftOptions o = options(whole, 5);
    o.objective = objective;
    o.decisive_weight = 2;
    o.order_weight = 0.3;
    o.misjudged = 0.3;
    train_sft(o, kGoOn, kSilent);
    o.output_dir = (folder_.path() / parts).string();
    train_sft(
        o, [](std::string_view, std::int64_t done, std::int64_t) { return done < 3; }, kSilent);
    o.resume_from_checkpoint = "latest";
    const SftResult ended = train_sft(o, kGoOn, kSilent);
    expect_same(folder_.path() / whole / "checkpoint-5", ended.checkpoint);
    EXPECT_EQ(metrics(parts), metrics(whole));
  }
}

}  // namespace
}  // namespace juror
