// Whole GRPO runs of a tiny model on degraded pictures of generated photos.
#include "grpo/trainer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "counting_allocator.h"
#include "grpo/log.h"
#include "grpo/metrics.h"
#include "grpo/pair_eval.h"
#include "grpo/rollout.h"
#include "model/lora_folder.h"
#include "train/tiny_run.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

const GrpoListener kSilent = [](const std::string&) {};

class Grpo : public TinyRun {
 protected:
  /// A run in which the untrained model learns to be brief: rewards that need no answer.
  GrpoConfig config(const std::string& run, std::int64_t steps = 6) const {
    GrpoConfig c;
    c.model_name_or_path = (folder_.path() / "new").string();
    c.output_dir = (folder_.path() / run).string();
    c.compute.device = test_device_name();
    c.photos = (folder_.path() / "photos").string();
    c.max_steps = steps;
    c.num_generations = 4;
    c.per_device_train_batch_size = 8;
    c.max_completion_length = 12;
    c.logging_steps = 1;
    c.scoring.reward_funcs = {"length", "repetition"};
    c.scoring.rewards.overlong_buffer = 12;
    c.scoring.rewards.repetition_ngram = 1;
    c.optimizer.learning_rate = 3e-3;
    c.synth.working_size = 56;
    c.peak_tflops = 0.1;
    return c;
  }
};

double mean_length(const std::vector<Json>& lines, std::size_t begin, std::size_t end) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i)
    sum += lines.at(i)["completions/mean_length"].get<double>();
  return sum / static_cast<double>(end - begin);
}

TEST_F(Grpo, LearnsWhatIsRewardedAndLeavesAModelFolder) {
  GrpoConfig c = config("run", 40);
  c.optimizer.learning_rate = 1e-2;
  c.scoring.reward_funcs = {"length"};
  const GrpoResult result = train_grpo(c, kGoOn, kSilent);
  const std::vector<Json> lines = metrics("run");
  EXPECT_LT(mean_length(lines, 35, 40), 0.7 * mean_length(lines, 0, 5));
  EXPECT_LT(lines.front()["shared_prefix/max_abs_logp_diff"].get<double>(), 1e-5);
  EXPECT_LT(lines.front()["sampling/logp_difference_max"].get<double>(), 1e-5);
  EXPECT_NO_THROW(load_model(result.checkpoint, {.dtype = at::kFloat}));
  for (const char* file : {"tokenizer.json", "preprocessor_config.json", "juror_template.toml",
                           "chat_template.jinja"}) {
    EXPECT_TRUE(fs::exists(result.checkpoint / file)) << file;
  }
}

struct Variant {
  const char* name;
  std::int64_t accumulation, iterations;
  double beta;
  bool use_peft = false;
  const char* dtype = "auto";
};

class GrpoVariants : public Grpo, public ::testing::WithParamInterface<Variant> {
 protected:
  GrpoConfig variant(const std::string& run) const {
    GrpoConfig c = config(run);
    c.gradient_accumulation_steps = GetParam().accumulation;
    c.num_iterations = GetParam().iterations;
    c.loss.beta = GetParam().beta;
    c.use_peft = GetParam().use_peft;
    c.compute.dtype = GetParam().dtype;
    c.lora.r = 2;
    c.sync_ref_model = GetParam().beta > 0 && !c.use_peft;
    c.ref_model_sync_steps = 2;
    c.both_orders = true;
    return c;
  }
};

TEST_P(GrpoVariants, ResumedAfterAnInterruptionEqualTheUninterruptedRunBitForBit) {
  train_grpo(variant("whole"), kGoOn, kSilent);
  GrpoConfig parts = variant("parts");
  for (const std::int64_t stop : {2, 5}) {
    const GrpoResult stopped = train_grpo(
        parts, [&](std::string_view, std::int64_t done, std::int64_t) { return done < stop; },
        kSilent);
    EXPECT_TRUE(stopped.interrupted);
    EXPECT_EQ(stopped.steps, stop);
    parts.resume_from_checkpoint = "latest";
  }
  const GrpoResult ended = train_grpo(parts, kGoOn, kSilent);
  EXPECT_FALSE(ended.interrupted);
  expect_same(folder_.path() / "whole/checkpoint-6", ended.checkpoint);
  EXPECT_TRUE(metrics("parts") == metrics("whole"));
}

TEST_F(Grpo, EncodesEachImageOnceAStepHoweverManyPassesTheStepHas) {
  GrpoConfig kept = config("kept", 2), again = config("again", 2);
  kept.gradient_accumulation_steps = again.gradient_accumulation_steps = 3;
  kept.both_orders = again.both_orders = true;
  again.keep_prompts = false;
  train_grpo(kept, kGoOn, kSilent);
  train_grpo(again, kGoOn, kSilent);
  const std::vector<Json> a = lines("kept", "metrics.jsonl"), b = lines("again", "metrics.jsonl");
  const auto pictures = static_cast<double>(2 * kept.groups_per_step());
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(a[i]["perf/vision_passes"].get<double>(), pictures) << i;
    EXPECT_EQ(b[i]["perf/vision_passes"].get<double>(), 2 * pictures) << i;
    EXPECT_NEAR(a[i]["loss"].get<double>(), b[i]["loss"].get<double>(), 1e-5) << i;
    EXPECT_NEAR(a[i]["grad_norm"].get<double>(), b[i]["grad_norm"].get<double>(),
                1e-4 * a[i]["grad_norm"].get<double>())
        << i;
  }
}

TEST_P(GrpoVariants, TrainAlikeWithTheNaivePass) {
  GrpoConfig shared = variant("shared"), naive = variant("naive");
  shared.max_steps = naive.max_steps = 2;
  naive.shared_prefix = false;
  train_grpo(shared, kGoOn, kSilent);
  train_grpo(naive, kGoOn, kSilent);
  const std::vector<Json> a = metrics("shared"), b = metrics("naive");
  if (std::string(GetParam().dtype) == "bfloat16") {  // steps part where sampling rounds
    EXPECT_NEAR(a[0]["grad_norm"].get<double>(), b[0]["grad_norm"].get<double>(),
                0.05 * a[0]["grad_norm"].get<double>());
    return;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(a[i]["loss"].get<double>(), b[i]["loss"].get<double>(), 1e-4) << i;
    EXPECT_NEAR(a[i]["grad_norm"].get<double>(), b[i]["grad_norm"].get<double>(),
                1e-3 * a[i]["grad_norm"].get<double>())
        << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, GrpoVariants,
                         ::testing::Values(Variant{"Plain", 1, 1, 0},
                                           Variant{"Accumulated", 2, 1, 0},
                                           Variant{"Repeated", 1, 3, 0},
                                           Variant{"AccumulatedRepeatedWithReference", 2, 2, 0.04},
                                           Variant{"Adapters", 1, 2, 0.04, true}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Precisions, GrpoVariants,
                         ::testing::Values(Variant{"HalfWithMasters", 2, 2, 0.04, false,
                                                   "bfloat16"},
                                           Variant{"AdaptersOfHalf", 2, 2, 0.04, true, "bfloat16"}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Grpo, TrainsAdaptersBesideWeightsOfFewBits) {
  for (const char* dtype : {"int8", "int4"}) {
    GrpoConfig c = config(dtype, 2);
    c.use_peft = true;
    c.compute.dtype = dtype;
    train_grpo(c, kGoOn, kSilent);
    const double difference = metrics(dtype).front()["sampling/logp_difference_max"].get<double>();
    EXPECT_LT(difference, 1e-4) << dtype;  // rollouts and loss passes read the same weights
  }
}

TEST_F(Grpo, EveryCheckpointCarriesTheTemplateItWasTrainedWith) {
  const auto file = write_other_template();
  GrpoConfig c = config("run", 1);
  c.prompt_template = file.string();
  EXPECT_EQ(read_file(train_grpo(c, kGoOn, kSilent).checkpoint / "juror_template.toml"),
            read_file(file));
  c.prompt_template.clear();  // a resumed run asks as the checkpoint does, which may be pruned
  c.max_steps = 3;
  c.save_steps = c.save_total_limit = 1;
  c.resume_from_checkpoint = "latest";
  EXPECT_EQ(read_file(train_grpo(c, kGoOn, kSilent).checkpoint / "juror_template.toml"),
            read_file(file));
}

TEST_F(Grpo, LeavesAdaptersThatLoadBesideTheirBase) {
  GrpoConfig c = config("run", 2);
  c.use_peft = true;
  const GrpoResult result = train_grpo(c, kGoOn, kSilent);
  EXPECT_FALSE(fs::exists(result.checkpoint / "model.safetensors"));
  const auto merged = load_merged(result.checkpoint, {.dtype = at::kFloat}),
             base = load_model(folder_.path() / "new", {.dtype = at::kFloat});
  EXPECT_FALSE(at::equal(merged->decoder.layers[0].q.weight, base->decoder.layers[0].q.weight));
  EXPECT_TRUE(at::equal(merged->vision.blocks[0].qkv.weight,
                        base->vision.blocks[0].qkv.weight));  // excluded by default
}

TEST_F(Grpo, LoggingChangesNothingOfTheRunThatItWatches) {
  const std::unique_ptr<GrpoRun> run = start_grpo_run(config("run"));
  CollectedGroup one{.pair = run->source->pair(0)};
  one.reads.resize(4);
  one.group = pair_group(run->policy(), one.pair, /*both_orders=*/false);
  one.swapped.assign(4, false);
  one.reward.assign(4, 0.5);
  one.rewards.assign(2, one.reward);
  one.group.samples.assign(4, {.token_ids = {1, 2, 3}});
  run->cycle = {one};
  const auto prompt = static_cast<std::int64_t>(one.group.prompts[0].token_ids.size());
  EXPECT_EQ(cycle_tokens(*run), 4 * (prompt + 3));
  nlohmann::ordered_json metrics = {{"step", 1}};
  GrpoLog log(*run, run->folder, kSilent);
  for (int i = 0; i < 2; ++i) {
    add_rollout_metrics(*run, metrics);
    log.write(metrics, {"too long"});
  }
  EXPECT_EQ(run->tokens, 0);
  EXPECT_EQ(run->alarms.state(), Alarms().state());
  EXPECT_EQ(lines("run", "metrics.jsonl").at(1)["alarm"], "too long");
}

TEST_F(Grpo, LogsTheCompletionsOfACycleOnceWhereverTheRunWasResumed) {
  const auto twice = [&](const std::string& run) {
    GrpoConfig c = config(run);
    c.num_iterations = 2;
    c.logging_steps = 3;  // rows at steps 3 and 6; cycles begin with steps 1, 3 and 5
    return c;
  };
  train_grpo(twice("whole"), kGoOn, kSilent);
  GrpoConfig parts = twice("parts");
  for (const std::int64_t stop : {1, 3, 5}) {  // each in the middle of a cycle
    train_grpo(
        parts, [&](std::string_view, std::int64_t done, std::int64_t) { return done < stop; },
        kSilent);
    parts.resume_from_checkpoint = "latest";
  }
  train_grpo(parts, kGoOn, kSilent);
  EXPECT_EQ(read_file(folder_.path() / "parts/completions.jsonl"),
            read_file(folder_.path() / "whole/completions.jsonl"));
  const std::vector<Json> rows = lines("whole", "completions.jsonl");
  EXPECT_EQ(rows.front()["step"], 3);
  EXPECT_EQ(rows.back()["step"], 6);
  GrpoConfig often = twice("often");
  often.logging_steps = 1;  // a row a step, but the completions of a cycle once
  train_grpo(often, kGoOn, kSilent);
  for (const Json& row : lines("often", "completions.jsonl"))
    EXPECT_EQ(row["step"].get<int>() % 2, 1);
}

TEST_F(Grpo, RolloutsOfACheckpointThatDoNotFitAreRefused) {
  GrpoConfig c = config("run", 2);
  c.num_iterations = 2;
  train_grpo(
      c, [](std::string_view, std::int64_t done, std::int64_t) { return done < 1; }, kSilent);
  c.resume_from_checkpoint = "latest";
  const fs::path file = folder_.path() / "run/checkpoint-1/rollouts.json";
  const Json whole = Json::parse(read_file(file));
  const std::function<void(Json&)> edits[] = {
      [](Json& group) { group["samples"].erase(0); },
      [](Json& group) { group["reads"].push_back(group["reads"][0]); },
      [](Json& group) { group["swapped"] = Json::array(); },
      [](Json& group) { group["rewards"][0].erase(0); },
      [](Json& group) { group["samples"][0]["prompt"] = 7; },
      [](Json& group) { group["samples"][0]["token_ids"][0] = 1 << 30; },
      [](Json& group) { group["samples"][0]["old_logps"].erase(0); },
      [](Json& group) { group["samples"][0]["decision"] = 999; }};
  for (const auto& edit : edits) {
    Json spoiled = whole;
    edit(spoiled[1]);
    write_file_atomic(file, spoiled.dump());
    EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
                HasSubstr("the completions of its group 1 do not fit"));
  }
  write_file_atomic(file, whole.dump());
  EXPECT_EQ(train_grpo(c, kGoOn, kSilent).steps, 2);
}

TEST(Extremes, AreTheBestAndTheWorstByReward) {
  const auto best_and_worst = extremes_of({0.5, 0.9, 0.1, 0.9});
  ASSERT_EQ(best_and_worst.size(), 2U);
  EXPECT_EQ(best_and_worst[0].place, 1U);
  EXPECT_EQ(best_and_worst[0].rank, "best");
  EXPECT_EQ(best_and_worst[1].place, 2U);
  EXPECT_EQ(best_and_worst[1].rank, "worst");
  ASSERT_EQ(extremes_of({0.5, 0.5}).size(), 1U);
  EXPECT_EQ(extremes_of({0.5, 0.5})[0].rank, "any");
}

TEST_F(Grpo, LogsTheBestAndTheWorstCompletionOfAGroup) {
  GrpoConfig c = config("run", 1);
  std::vector<std::string> said;
  train_grpo(c, kGoOn, [&](const std::string& line) { said.push_back(line); });
  const std::vector<Json> rows = lines("run", "completions.jsonl");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["rank"], "best");
  EXPECT_EQ(rows[1]["rank"], "worst");
  EXPECT_EQ(rows[0]["group_size"], 4);
  EXPECT_EQ(rows[0]["id"], rows[1]["id"]);
  EXPECT_GT(rows[0]["reward"], rows[1]["reward"]);
  EXPECT_GT(rows[0]["advantage"], 0);
  EXPECT_LT(rows[1]["advantage"], 0);
  EXPECT_EQ(rows[0]["reward"].get<double>(), rows[0]["rewards"]["length"].get<double>() +
                                                 rows[0]["rewards"]["repetition"].get<double>());
  EXPECT_THAT(said, ::testing::Contains(HasSubstr("best of 4")));
}

TEST_F(Grpo, EvaluatesAdaptersAsTheMergedModelThatTheyMake) {
  GrpoConfig c = config("run", 1);
  c.model_name_or_path = (fs::path(JUROR_SOURCE_DIR) / "models/mini").string();
  c.validation_photos = c.photos;
  c.eval_steps = 1;
  c.eval_pairs = 4;
  c.use_peft = true;
  c.lora.r = 2;
  c.num_generations = c.per_device_train_batch_size = 2;
  c.max_completion_length = 64;
  c.scoring.reward_funcs = {"soft"};
  c.scoring.rewards = {};
  c.optimizer.learning_rate = 1e-3;
  const fs::path adapters = train_grpo(c, kGoOn, kSilent).checkpoint;
  const Json line = metrics("run").at(1);  // behind the evaluation before training
  EXPECT_GT(line["grad_norm"], 0);
  save_model(*load_merged(adapters, {.dtype = at::kFloat}), folder_.path() / "merged", at::kFloat);
  copy_sidecars(c.model_name_or_path, folder_.path() / "merged");
  fs::copy_file(adapters / "juror_template.toml", folder_.path() / "merged/juror_template.toml");
  c.model_name_or_path = (folder_.path() / "merged").string();
  c.use_peft = false;
  c.output_dir = (folder_.path() / "other").string();
  const std::unique_ptr<GrpoRun> run = start_grpo_run(c);
  const PairEval eval =
      evaluate_pairs(*run->engine, run->policy(), *run->eval_source, {.pairs = c.eval_pairs});
  EXPECT_LT(line["eval/invalid_rate"], 1.0);
  EXPECT_EQ(line["eval/brier"], eval.brier);  // bit for bit
}

TEST_F(Grpo, ResumedAfterACrashHasEveryStepOnceInItsMetrics) {
  train_grpo(config("whole"), kGoOn, kSilent);
  GrpoConfig parts = config("parts");
  parts.save_steps = 2;
  const Progress crash = [](std::string_view, std::int64_t done, std::int64_t) {
    if (done == 5) throw std::runtime_error("power cut");
    return true;
  };
  EXPECT_THROW(train_grpo(parts, crash, kSilent), std::runtime_error);
  parts.resume_from_checkpoint = "latest";
  expect_same(folder_.path() / "whole/checkpoint-6", train_grpo(parts, kGoOn, kSilent).checkpoint);
  EXPECT_TRUE(metrics("parts") == metrics("whole"));
  EXPECT_EQ(read_file(folder_.path() / "parts/completions.jsonl"),
            read_file(folder_.path() / "whole/completions.jsonl"));
}

TEST_F(Grpo, DynamicSamplingReplacesGroupsWithoutSpread) {
  GrpoConfig c = config("run", 2);
  c.scoring.reward_funcs = {"format"};  // an untrained model never earns it: all groups are flat,
                                        // and after the tries they stay
  c.dynamic_sampling_tries = 2;
  train_grpo(c, kGoOn, kSilent);
  const std::vector<Json> lines = metrics("run");
  EXPECT_EQ(lines.back()["frac_reward_zero_std"], 1.0);
  EXPECT_EQ(lines.back()["grad_norm"], 0.0);  // and nothing is learnt from them
  const Json state = Json::parse(read_file(folder_.path() / "run/checkpoint-2/trainer_state.json"));
  EXPECT_EQ(state["data_cursor"], 2 * 3 * 2);  // steps, rounds, groups
  EXPECT_EQ(lines.back()["dynamic_sampling/rounds"], 3);
  EXPECT_EQ(lines.back()["dynamic_sampling/groups_sampled"], 6);
  EXPECT_EQ(lines.back()["dynamic_sampling/dropped_zero_std"], 4);
  EXPECT_EQ(lines.back()["dynamic_sampling/kept_anyway"], 2);
}

TEST_F(Grpo, DynamicSamplingReplacesGroupsWhoseMeanLiesOutsideTheBand) {
  GrpoConfig c = config("run", 1);
  c.scoring.reward_funcs = {"length"};  // below 0 for every completion of a token or more
  c.dynamic_sampling_tries = 1;
  c.filter_low = 0;
  train_grpo(c, kGoOn, kSilent);
  const Json line = metrics("run").back();
  EXPECT_EQ(line["dynamic_sampling/groups_sampled"], 4);
  EXPECT_EQ(line["dynamic_sampling/dropped_mean"].get<int>() +
                line["dynamic_sampling/dropped_zero_std"].get<int>(),
            2);
  EXPECT_GE(line["dynamic_sampling/dropped_mean"], 1);
}

TEST(DynamicSampling, DropsWhatHasNoSpreadOrAMeanAtOrBeyondTheBand) {
  GrpoConfig c;
  EXPECT_EQ(dropped(std::vector{0.3, 0.3}, c), Dropped::kZeroStd);
  EXPECT_EQ(dropped(std::vector{0.3, 0.4}, c), Dropped::kNot);
  c.filter_low = 0.25, c.filter_high = 0.75;
  EXPECT_EQ(dropped(std::vector{0.0, 0.5}, c), Dropped::kMean);  // the ends are outside
  EXPECT_EQ(dropped(std::vector{0.5, 1.0}, c), Dropped::kMean);
  EXPECT_EQ(dropped(std::vector{0.0, 1.0}, c), Dropped::kNot);
  EXPECT_EQ(dropped(std::vector{0.5, 0.5}, c), Dropped::kZeroStd);
}

TEST_F(Grpo, TellsWhatShareOfThePeakAStepUsed) {
  const auto flops = [&](const std::string& run, double peak_tflops, const char* mfu,
                         const char* seconds) {
    GrpoConfig c = config(run, 1);
    c.peak_tflops = peak_tflops;
    train_grpo(c, kGoOn, kSilent);
    const Json line = lines(run, "metrics.jsonl").back();
    return line[mfu].get<double>() * peak_tflops * 1e12 * line[seconds].get<double>();
  };
  const double step = flops("a", 0.5, "perf/mfu", "step_time");  // of the same work
  EXPECT_NEAR(flops("b", 2, "perf/mfu", "step_time"), step, 1e-9 * step);
  const double loss = flops("c", 2, "perf/mfu_loss", "timing_s/loss");
  EXPECT_GT(loss, 0.3 * step);
  EXPECT_LT(loss, step);
}

TEST_F(Grpo, AStepThatIsNotFiniteChangesNothingAndIsDumped) {
  GrpoConfig c = config("run", 1);
  c.scoring.reward_weights = {1e37, 1};
  c.loss.scale_rewards = "none";  // advantages of 1e36: the norm of the gradient overflows
  const GrpoResult result = train_grpo(c, kGoOn, kSilent);
  EXPECT_EQ(metrics("run").back()["skipped"], true);
  EXPECT_EQ(Json::parse(read_file(folder_.path() / "run/nonfinite-1.json")).size(), 2U);
  EXPECT_TRUE(read_file(result.checkpoint / "model.safetensors") ==
              read_file(folder_.path() / "new/model.safetensors"));
}

class GrpoOnFiles : public Grpo {
 protected:
  GrpoOnFiles() {
    folder_.write(
        "data.jsonl",
        R"({"id":"a","prompt":"x","images":["photos/0.png","photos/1.png"],"votes":[[1,2],[1,2],[2,1]]})"
        "\n"
        R"({"id":"b","prompt":"y","images":["photos/2.png","photos/broken.png"],"ranking":[1,2]})"
        "\n");
    folder_.write("photos/broken.png", "not a picture");
  }
};

TEST_F(GrpoOnFiles, AnUnreadableImageStopsTheRunOrIsCounted) {
  GrpoConfig c = config("run", 3);
  c.dataset = (folder_.path() / "data.jsonl").string();
  EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("broken.png"));
  c.unreadable_image = "skip";
  train_grpo(c, kGoOn, kSilent);
  EXPECT_EQ(metrics("run").size(), 3U);
  EXPECT_GE(metrics("run")[0].value("unreadable_pairs", 0), 1);
}

TEST_F(GrpoOnFiles, AnUnreadableImageStopsAnEvaluationOrIsCounted) {
  GrpoConfig c = config("run", 1);
  c.dataset =
      folder_
          .write(
              "good.jsonl",
              R"({"id":"a","prompt":"x","images":["photos/0.png","photos/1.png"],"ranking":[1,2]})"
              "\n")
          .string();
  c.eval_dataset = (folder_.path() / "data.jsonl").string();
  c.eval_steps = 1;
  EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("broken.png"));
  c.unreadable_image = "skip";
  train_grpo(c, kGoOn, kSilent);
  EXPECT_EQ(metrics("run").back()["eval/pairs"], 1);
  EXPECT_EQ(metrics("run").back()["eval/unreadable_pairs"], 1);
  folder_.write(
      "gone.jsonl",
      R"({"id":"b","prompt":"y","images":["photos/2.png","photos/broken.png"],"ranking":[1,2]})"
      "\n");
  c.eval_dataset = (folder_.path() / "gone.jsonl").string();
  c.output_dir = (folder_.path() / "other").string();
  EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("None of the 1 pairs"));
}

TEST_F(GrpoOnFiles, PairsWithoutVotesAreLeftOutAndRefusedWhereNoneIsLeft) {
  const std::string voted =
      R"({"id":"a","prompt":"x","images":["photos/0.png","photos/1.png"],"ranking":[1,2]})"
      "\n";
  const std::string nobody =
      R"({"id":"nobody","prompt":"y","images":["photos/1.png","photos/2.png"]})"
      "\n";
  const auto data = folder_.write("unlabelled.jsonl", nobody);
  const auto some = folder_.write("some.jsonl", voted + nobody);
  const Progress never = [](std::string_view, std::int64_t, std::int64_t) {
    return ADD_FAILURE() << "trained", false;
  };
  GrpoConfig c = config("run", 1);
  c.scoring.reward_funcs = {"format", "brier"};
  c.dataset = some.string();
  c.output_dir = (folder_.path() / "some").string();
  train_grpo(c, kGoOn, kSilent);
  EXPECT_FALSE(metrics("some").empty());
  c.output_dir = (folder_.path() / "run").string();
  c.dataset = data.string();
  EXPECT_THAT(refusal_of([&] { train_grpo(c, never, kSilent); }, ErrorKind::kUser),
              ::testing::AllOf(HasSubstr("'brier' needs people's votes"), HasSubstr("'nobody'")));
  EXPECT_TRUE(metrics("run").empty());
  c.scoring.reward_funcs = {"format", "consensus"};
  c.eval_dataset = c.dataset;
  c.eval_steps = 1;
  EXPECT_THAT(refusal_of([&] { train_grpo(c, never, kSilent); }, ErrorKind::kUser),
              HasSubstr("An evaluation needs"));
  c.eval_steps = 0;
  EXPECT_EQ(train_grpo(c, kGoOn, kSilent).steps, 1);
}

TEST_F(GrpoOnFiles, ListsAreShownAtOnceAndResumeBitForBit) {
  const auto prompt_template = folder_.write(
      "list.toml",
      "answer_format = 'ranking'\nuser = '{images}{prompt}'\nuser_without_prompt = '{images}'\n"
      "[views]\nworking_size = 56\n");
  GrpoConfig c = config("run", 2);
  c.dataset =
      folder_
          .write(
              "lists.jsonl",
              R"({"id":"a","prompt":"x","images":["photos/0.png","photos/1.png","photos/2.png"],)"
              R"("ranking":[2,1,3]})"
              "\n"
              R"({"id":"b","prompt":"y","images":["photos/0.png","photos/1.png"],"ranking":[1,2]})"
              "\n")
          .string();
  c.list_size = 4;
  c.both_orders = true;
  c.scoring.reward_funcs = {"kendall", "placed", "soft_placed", "length"};
  EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("the answer of this prompt template is a choice"));
  fs::remove_all(c.output_dir);
  c.prompt_template = prompt_template.string();
  train_grpo(c, kGoOn, kSilent);
  for (const Json& line : lines("run", "completions.jsonl")) {
    EXPECT_EQ(line["id"], "a");  // a list has three images or more
    EXPECT_EQ(line["images"].size(), 3U);
  }
  EXPECT_TRUE(metrics("run")[0].contains("rewards/soft_placed/mean"));
  GrpoConfig parts = c;
  parts.output_dir = (folder_.path() / "parts").string();
  train_grpo(
      parts, [](std::string_view, std::int64_t done, std::int64_t) { return done < 1; }, kSilent);
  parts.resume_from_checkpoint = "latest";
  const GrpoResult ended = train_grpo(parts, kGoOn, kSilent);
  expect_same(folder_.path() / "run/checkpoint-2", ended.checkpoint);
  c.scoring.reward_funcs = {"brier"};
  EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("'brier' is of pairs, and list_size is 4"));
}

TEST_F(Grpo, KeepsTheBestCheckpointAndKnowsItAfterAResume) {
  GrpoConfig c = config("run", 4);
  c.validation_photos = c.photos;
  c.eval_steps = c.save_steps = c.save_total_limit = 1;
  c.eval_pairs = 2;
  const auto state = [&](int step) {
    return Json::parse(
        read_file(folder_.path() / fmt::format("run/checkpoint-{}/trainer_state.json", step)));
  };
  train_grpo(
      c, [](std::string_view, std::int64_t done, std::int64_t) { return done < 2; }, kSilent);
  c.resume_from_checkpoint = "latest";
  train_grpo(c, kGoOn, kSilent);
  EXPECT_EQ(state(4)["best_metric"], 0.0);  // an untrained model never answers: the first is best
  EXPECT_EQ(state(4)["best_global_step"], 1);
  EXPECT_EQ(state(4)["best_model_checkpoint"], "checkpoint-1");
  EXPECT_TRUE(fs::exists(folder_.path() / "run/checkpoint-1"));
  for (const int step : {2, 3})
    EXPECT_FALSE(fs::exists(folder_.path() / fmt::format("run/checkpoint-{}", step))) << step;
}

/// A frozen tower's features are kept over steps, and a resumed run has none at first: it encodes
/// its images in other company.
class GrpoWithAFrozenTower : public Grpo, public ::testing::WithParamInterface<bool> {
 protected:
  GrpoConfig frozen(const std::string& run, const std::string& dataset) const {
    GrpoConfig c = config(run);
    c.dataset = dataset;
    c.frozen = {"visual."};
    c.bf16 = GetParam();
    c.gradient_accumulation_steps = 2;
    c.num_iterations = 2;
    c.both_orders = true;
    c.validation_photos = c.photos;
    c.eval_steps = 2;
    c.eval_pairs = 3;
    return c;
  }

  void expect_resumable(const std::string& dataset) const {
    train_grpo(frozen("whole", dataset), kGoOn, kSilent);
    GrpoConfig parts = frozen("parts", dataset);
    for (const std::int64_t stop : {1, 2, 3, 5}) {
      train_grpo(
          parts, [&](std::string_view, std::int64_t done, std::int64_t) { return done < stop; },
          kSilent);
      parts.resume_from_checkpoint = "latest";
    }
    expect_same(folder_.path() / "whole/checkpoint-6",
                train_grpo(parts, kGoOn, kSilent).checkpoint);
    EXPECT_TRUE(metrics("parts") == metrics("whole"));
  }
};

TEST_P(GrpoWithAFrozenTower, ResumesBitForBitOnPicturesThatAreNewEachStep) {
  expect_resumable("synth");
}

TEST_P(GrpoWithAFrozenTower, ResumesBitForBitOnPicturesThatComeAgain) {
  std::string rows;
  for (const auto& [i, j] : {std::pair{0, 1}, {1, 2}, {2, 0}, {3, 1}, {4, 3}, {0, 4}}) {
    rows += fmt::format(
        R"({{"id":"{0}{1}","prompt":"","images":["photos/{0}.png","photos/{1}.png"],"ranking":[1,2]}})"
        "\n",
        i, j);
  }
  for (const int i : {3, 4}) {
    write_file_atomic(folder_.path() / fmt::format("photos/{}.png", i),
                      encode_png(testing::make_scene(120, 64 + 40 * (i - 3), i)));
  }
  expect_resumable(folder_.write("again.jsonl", rows).string());
}

INSTANTIATE_TEST_SUITE_P(Precisions, GrpoWithAFrozenTower, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Mixed" : "Full"; });

TEST_F(Grpo, SaysWhatItWillDoAndThatAFinishedRunIsFinished) {
  std::vector<std::string> said;
  const auto listen = [&](const std::string& line) { said.push_back(line); };
  train_grpo(config("run", 1), kGoOn, listen);
  EXPECT_THAT(said, Contains(HasSubstr("Steps 1 to 1: ")));
  said.clear();
  GrpoConfig again = config("run", 1);
  again.resume_from_checkpoint = "latest";
  const GrpoResult result = train_grpo(again, kGoOn, listen);
  EXPECT_THAT(said, Contains(HasSubstr("has taken its 1 steps")));
  EXPECT_EQ(result.checkpoint.filename(), "checkpoint-1");
}

TEST_F(Grpo, RefusesAFolderThatHoldsAnotherRun) {
  train_grpo(config("run", 1), kGoOn, kSilent);
  EXPECT_THAT(refusal_of([&] { train_grpo(config("run", 2), kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("holds a run already"));
}

TEST_F(Grpo, ResumedFromAnOlderCheckpointDropsTheLaterOnes) {
  GrpoConfig c = config("run", 4);
  c.save_steps = 2;
  train_grpo(c, kGoOn, kSilent);
  const std::string weights = read_file(folder_.path() / "run/checkpoint-4/model.safetensors");
  c.resume_from_checkpoint = (folder_.path() / "run/checkpoint-2").string();
  train_grpo(
      c,
      [&](std::string_view, std::int64_t, std::int64_t) {
        return !fs::exists(folder_.path() / "run/checkpoint-4");
      },
      kSilent);
  c.resume_from_checkpoint = "latest";
  train_grpo(c, kGoOn, kSilent);
  EXPECT_TRUE(read_file(folder_.path() / "run/checkpoint-4/model.safetensors") == weights);
}

TEST_F(GrpoOnFiles, AnErrorInMidRunKeepsTheStepsBeforeIt) {
  folder_.write(
      "later.jsonl",
      R"({"id":"a","prompt":"x","images":["photos/0.png","photos/1.png"],"ranking":[1,2]})"
      "\n"
      R"({"id":"b","prompt":"x","images":["photos/1.png","photos/2.png"],"ranking":[1,2]})"
      "\n"
      R"({"id":"c","prompt":"x","images":["photos/2.png","photos/0.png"],"ranking":[2,1]})"
      "\n"
      R"({"id":"d","prompt":"y","images":["photos/2.png","photos/broken.png"],"ranking":[1,2]})"
      "\n");
  GrpoConfig c = config("run", 40);
  c.dataset = (folder_.path() / "later.jsonl").string();
  c.per_device_train_batch_size =
      c.num_generations;  // one pair a step: the broken one comes at the first to the fourth
  bool came_late = false;
  for (c.seed = 0; c.seed < 8 && !came_late; ++c.seed) {
    c.output_dir = (folder_.path() / ("run" + std::to_string(c.seed))).string();
    EXPECT_THAT(refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, ErrorKind::kUser),
                HasSubstr("broken.png"));
    const auto lines = metrics("run" + std::to_string(c.seed)).size();
    came_late = lines > 0;
    if (came_late)
      EXPECT_TRUE(fs::exists(fs::path(c.output_dir) / ("checkpoint-" + std::to_string(lines)) /
                             "trainer_state.json"));
  }
  EXPECT_TRUE(came_late);
}

TEST_F(Grpo, RefusesWhatDoesNotGoTogether) {
  const auto refusal = [](const GrpoConfig& c, ErrorKind kind = ErrorKind::kUser) {
    return refusal_of([&] { train_grpo(c, kGoOn, kSilent); }, kind);
  };
  GrpoConfig c = config("run");
  c.per_device_train_batch_size = 6;
  EXPECT_THAT(refusal(c), HasSubstr("whole groups"));
  c = config("run");
  c.scoring.reward_funcs = {"sofft"};
  EXPECT_THAT(refusal(c), HasSubstr("Did you mean 'soft'"));
  c = config("run");
  c.scoring.reward_funcs = {"flip"};
  EXPECT_THAT(refusal(c), HasSubstr("both_orders"));
  c = config("run");
  c.scoring.reward_weights = {1};
  EXPECT_THAT(refusal(c), HasSubstr("reward_weights lists 1"));
  c = config("run");
  c.filter_low = 0.1;
  EXPECT_THAT(refusal(c), HasSubstr("set dynamic_sampling_tries"));
  c.dynamic_sampling_tries = 1;
  c.filter_high = 0.1;
  EXPECT_THAT(refusal(c), HasSubstr("no mean reward lies between"));
  c = config("run");
  c.loss.loss_type = "cispo";
  EXPECT_THAT(refusal(c), HasSubstr("epsilon_high"));
  c = config("run");
  c.compute.dtype = "int4";
  EXPECT_THAT(refusal(c), HasSubstr("set use_peft = true"));
  c.compute.dtype = "bfloat16";
  c.bf16 = true;
  EXPECT_THAT(refusal(c), HasSubstr("set one of the two"));
  c = config("run");
  c.frozen = {"."};
  EXPECT_THAT(refusal(c), HasSubstr("'frozen' leaves nothing"));
  c = config("run");
  c.metric_for_best_model = "eval/acuracy";
  EXPECT_THAT(refusal(c), HasSubstr("Did you mean 'eval/accuracy'"));
  c.metric_for_best_model = "eval/brier";
  EXPECT_THAT(refusal(c), HasSubstr("greater_is_better = false"));
  c = config("run");
  c.eval_steps = 1;
  EXPECT_THAT(refusal(c), HasSubstr("nothing to evaluate on"));
  c = config("file/run");
  folder_.write("file", "");
  EXPECT_THAT(refusal(c, ErrorKind::kSystem), HasSubstr("file/run"));
}

/// Memory runs out at the given tensor after step 2: in a step, or in a thread that prepares the
/// images of a later one.
class GrpoWithoutMemory : public Grpo, public ::testing::WithParamInterface<std::int64_t> {};

TEST_P(GrpoWithoutMemory, SaysWhatWouldFitAndLosesNoFinishedStep) {
  train_grpo(config("whole"), kGoOn, kSilent);
  GrpoConfig parts = config("parts");
  CountingAllocator::instance();
  const Progress progress = [](std::string_view, std::int64_t done, std::int64_t) {
    if (done == 2) CountingAllocator::instance().fail_at(GetParam());
    return true;
  };
  const std::string refusal =
      refusal_of([&] { train_grpo(parts, progress, kSilent); }, ErrorKind::kSystem);
  EXPECT_THAT(refusal, ContainsRegex("of step [3-6] did not fit into the memory of the machine: "));
  EXPECT_THAT(refusal, AnyOf(HasSubstr("rollout_batch_rows (64 now)"),
                             HasSubstr("per_device_train_batch_size (8 now")));
  EXPECT_THAT(refusal, ContainsRegex("Step [2-5] is kept in '.*/parts/checkpoint-[2-5]'"));
  parts.resume_from_checkpoint = "latest";
  expect_same(folder_.path() / "whole/checkpoint-6", train_grpo(parts, kGoOn, kSilent).checkpoint);
}

INSTANTIATE_TEST_SUITE_P(AtTensors, GrpoWithoutMemory, ::testing::Values(1, 500, 3000));

}  // namespace
}  // namespace juror
