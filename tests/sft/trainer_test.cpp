// Whole training runs of a tiny model on degraded pictures of generated photos.
#include "sft/trainer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "counting_allocator.h"
#include "sft/severity_head.h"
#include "sft/tiny_sft.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

using Sft = TinySft;

TEST_F(Sft, LowersTheLossAndLeavesAModelFolder) {
  const SftResult result = train_sft(options("run", 40), kGoOn, kSilent);
  const std::vector<Json> lines = metrics("run");
  ASSERT_EQ(lines.size(), 40U);
  EXPECT_LT(lines.back()["completion_loss"].get<double>(),
            0.7 * lines.front()["completion_loss"].get<double>());
  EXPECT_EQ(result.checkpoint, folder_.path() / "run/checkpoint-40");
  EXPECT_NO_THROW(load_model(result.checkpoint, {.dtype = at::kFloat}));
  for (const char* file : {"tokenizer.json", "preprocessor_config.json", "juror_template.toml",
                           "chat_template.jinja"}) {
    EXPECT_TRUE(fs::exists(result.checkpoint / file)) << file;
  }
}

class SftResume : public Sft, public ::testing::WithParamInterface<std::int64_t> {};

TEST_P(SftResume, AfterAnInterruptionEqualsTheUninterruptedRunBitForBit) {
  SftOptions whole = options("whole"), parts = options("parts");
  whole.gradient_accumulation_steps = parts.gradient_accumulation_steps = GetParam();
  train_sft(whole, kGoOn, kSilent);

  const SftResult stopped = train_sft(
      parts, [](std::string_view, std::int64_t done, std::int64_t) { return done < 4; }, kSilent);
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_EQ(stopped.steps, 4);
  EXPECT_EQ(stopped.checkpoint, folder_.path() / "parts/checkpoint-4");
  parts.resume_from_checkpoint = "latest";
  const SftResult ended = train_sft(parts, kGoOn, kSilent);
  EXPECT_FALSE(ended.interrupted);
  expect_same(folder_.path() / "whole/checkpoint-6", ended.checkpoint);
  EXPECT_EQ(metrics("parts"), metrics("whole"));
}

INSTANTIATE_TEST_SUITE_P(AccumulationSteps, SftResume, ::testing::Values(1, 2));

class SftPrecision : public Sft, public ::testing::WithParamInterface<const char*> {};

TEST_P(SftPrecision, AdaptersBesideFrozenWeightsLearnAndResumeBitForBit) {
  const auto adapted = [&](const std::string& run, std::int64_t steps) {
    SftOptions o = options(run, steps);
    o.use_peft = o.gradient_checkpointing = true;
    o.dtype = GetParam();
    o.lora = {.r = 4, .exclude_modules = ""};
    o.severity_weight = 0.1;
    return o;
  };
  train_sft(adapted("whole", 12), kGoOn, kSilent);
  SftOptions parts = adapted("parts", 12);
  train_sft(
      parts, [](std::string_view, std::int64_t done, std::int64_t) { return done < 4; }, kSilent);
  parts.resume_from_checkpoint = "latest";
  const SftResult ended = train_sft(parts, kGoOn, kSilent);
  expect_same(folder_.path() / "whole/checkpoint-12", ended.checkpoint);
  EXPECT_EQ(metrics("parts"), metrics("whole"));
  EXPECT_LT(metrics("whole").back()["loss"].get<double>(),
            metrics("whole").front()["loss"].get<double>());
  EXPECT_TRUE(fs::exists(ended.checkpoint / "adapter_model.safetensors"));
  EXPECT_FALSE(fs::exists(ended.checkpoint / "model.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(Types, SftPrecision,
                         ::testing::Values("float32", "bfloat16", "int8", "int4"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(Sft, TrainsInHalfPrecisionWithMastersAndResumesBitForBit) {
  SftOptions whole = options("whole"), parts = options("parts");
  whole.dtype = parts.dtype = "bfloat16";
  train_sft(whole, kGoOn, kSilent);
  train_sft(
      parts, [](std::string_view, std::int64_t done, std::int64_t) { return done < 4; }, kSilent);
  parts.resume_from_checkpoint = "latest";
  expect_same(folder_.path() / "whole/checkpoint-6", train_sft(parts, kGoOn, kSilent).checkpoint);
}

TEST_F(Sft, ResumedAfterACrashHasEveryStepOnceInItsMetrics) {
  train_sft(options("whole"), kGoOn, kSilent);
  SftOptions parts = options("parts");
  parts.save_steps = 2;
  const Progress crash = [](std::string_view, std::int64_t done, std::int64_t) {
    if (done == 5) throw std::runtime_error("power cut");
    return true;
  };
  EXPECT_THROW(train_sft(parts, crash, kSilent), std::runtime_error);
  EXPECT_EQ(metrics("parts").size(), 5U);  // the last checkpoint is of step 4
  parts.resume_from_checkpoint = "latest";
  const SftResult ended = train_sft(parts, kGoOn, kSilent);
  expect_same(folder_.path() / "whole/checkpoint-6", ended.checkpoint);
  EXPECT_EQ(metrics("parts"), metrics("whole"));
  EXPECT_FALSE(fs::exists(folder_.path() / "parts/checkpoint-2"));  // save_total_limit 2
}

TEST_F(Sft, WritesTheModelAloneInHalfTheSizeWhenAsked) {
  SftOptions o = options("run", 2);
  o.final_bf16 = true;
  const auto trained =
      load_model(train_sft(o, kGoOn, kSilent).checkpoint, {.dtype = at::kBFloat16});
  const auto final = load_model(folder_.path() / "run/final", {.dtype = at::kBFloat16});
  EXPECT_TRUE(at::equal(final->decoder.embedding, trained->decoder.embedding));
  EXPECT_LT(fs::file_size(folder_.path() / "run/final/model.safetensors"),
            0.6 * static_cast<double>(
                      fs::file_size(folder_.path() / "run/checkpoint-2/model.safetensors")));
  EXPECT_FALSE(fs::exists(folder_.path() / "run/final/optimizer.safetensors"));
  EXPECT_TRUE(fs::exists(folder_.path() / "run/final/juror_template.toml"));
}

TEST_F(Sft, ResumedFromACheckpointThatIsPrunedStillLeavesWholeOnes) {
  SftOptions o = options("run", 2);
  o.save_steps = o.save_total_limit = 1;
  train_sft(o, kGoOn, kSilent);
  o.max_steps = 5;
  o.resume_from_checkpoint = "latest";
  const fs::path last = train_sft(o, kGoOn, kSilent).checkpoint;
  EXPECT_FALSE(fs::exists(folder_.path() / "run/checkpoint-2"));
  for (const char* file : {"tokenizer.json", "juror_template.toml"})
    EXPECT_TRUE(fs::exists(last / file)) << file;
}

TEST_F(Sft, EveryCheckpointCarriesTheTemplateItWasTrainedWith) {
  const auto file = write_other_template();
  SftOptions o = options("run", 1);
  o.prompt_template = file.string();
  o.final_bf16 = true;
  const fs::path first = train_sft(o, kGoOn, kSilent).checkpoint;
  EXPECT_EQ(read_file(first / "juror_template.toml"), read_file(file));
  EXPECT_EQ(read_file(folder_.path() / "run/final/juror_template.toml"), read_file(file));
  o.prompt_template.clear();  // a resumed run asks as the checkpoint does
  o.max_steps = 3;
  o.save_steps = o.save_total_limit = 1;
  o.resume_from_checkpoint = "latest";
  EXPECT_EQ(read_file(train_sft(o, kGoOn, kSilent).checkpoint / "juror_template.toml"),
            read_file(file));
}

TEST_F(Sft, RefusesARunFolderThatCannotBeWrittenBeforeTheFirstStep) {
  folder_.write("file", "");
  const Progress never = [](std::string_view, std::int64_t, std::int64_t) {
    return ADD_FAILURE() << "trained", false;
  };
  EXPECT_THAT(
      refusal_of([&] { train_sft(options("file/run"), never, kSilent); }, ErrorKind::kSystem),
      HasSubstr("file/run"));
}

TEST_F(Sft, RefusesWhatCannotBeTrained) {
  const auto refusal = [](const SftOptions& o) {
    return refusal_of([&] { train_sft(o, kGoOn, kSilent); }, ErrorKind::kUser);
  };
  SftOptions o = options("run");
  o.resume_from_checkpoint = "latest";
  EXPECT_THAT(refusal(o), HasSubstr("no complete checkpoint"));
  o = options("run");
  o.frozen = {"."};
  EXPECT_THAT(refusal(o), HasSubstr("'frozen' leaves nothing"));
  o = options("run");
  o.photos = (folder_.path() / "gone").string();
  EXPECT_THAT(refusal(o), HasSubstr("gone"));
  o = options("run");
  o.objective = "severity";
  o.dataset = "x.jsonl";
  EXPECT_THAT(refusal(o), HasSubstr("'severity' needs the data set 'synth'"));
}

TEST_F(Sft, TheObjectiveSeverityTrainsItsHeadToo) {
  SftOptions o = options("run", 2);
  o.objective = "severity";
  o.severity_weight = 0;  // counts beside completions only
  const SafetensorsFile head(train_sft(o, kGoOn, kSilent).checkpoint / "severity_head.safetensors");
  SeverityHead untrained = random_severity_head(32, 0);
  for (const auto& [name, tensor] : named_parameters(untrained))
    EXPECT_FALSE(at::equal(head.tensor(name), tensor)) << name;
}

TEST_F(Sft, InMixedPrecisionLearnsAlmostTheSame) {
  SftOptions full = options("full", 4), mixed = options("mixed", 4);
  mixed.bf16 = true;
  train_sft(full, kGoOn, kSilent);
  train_sft(mixed, kGoOn, kSilent);
  for (std::size_t i = 0; i < 4; ++i) {
    const double a = metrics("full")[i]["completion_loss"],
                 b = metrics("mixed")[i]["completion_loss"];
    EXPECT_NEAR(b, a, 0.02 * a);
    EXPECT_NE(b, a);  // else nothing was rounded
  }
}

TEST_F(Sft, FrozenParametersKeepTheirValues) {
  SftOptions o = options("run", 2);
  o.frozen = {"patch_embed"};
  const auto before = load_model(folder_.path() / "new", {.dtype = at::kFloat});
  const auto after = load_model(train_sft(o, kGoOn, kSilent).checkpoint, {.dtype = at::kFloat});
  EXPECT_TRUE(at::equal(before->vision.patch_embed, after->vision.patch_embed));
  std::int64_t changed = 0;
  const NamedTensors a = named_parameters(*before), b = named_parameters(*after);
  for (std::size_t i = 0; i < a.size(); ++i) changed += !at::equal(a[i].second, b[i].second);
  EXPECT_EQ(changed, static_cast<std::int64_t>(a.size()) - 1);
}

TEST_F(Sft, LearnsConversationsFromAJsonlFile) {
  const auto row = [&](int photo, const char* words) {
    return Json{{"messages",
                 Json::array(
                     {{{"role", "user"},
                       {"content", Json::array({{{"type", "image"},
                                                 {"image", fmt::format("photos/{}.png", photo)}},
                                                {{"type", "text"}, {"text", "1"}}})}}})},
                {"completion", words}}
               .dump() +
           "\n";
  };
  SftOptions o = options("run", 30);
  o.severity_weight = 0;
  o.dataset =
      folder_.write("data.jsonl", row(0, "clean") + row(1, "noise") + row(2, "blur")).string();
  train_sft(o, kGoOn, kSilent);
  EXPECT_LT(metrics("run").back()["completion_loss"].get<double>(),
            0.5 * metrics("run").front()["completion_loss"].get<double>());
  o.output_dir = (folder_.path() / "other").string();
  o.dataset = folder_.write("bad.jsonl", row(0, "clean") + "{\"messages\": []}\n").string();
  EXPECT_THAT(refusal_of([&] { train_sft(o, kGoOn, kSilent); }, ErrorKind::kUser),
              HasSubstr("bad.jsonl:2"));
}

TEST_F(Sft, SaysWhatWouldFitWhereMemoryRunsOutAndLosesNoFinishedStep) {
  if (!test_device().is_cpu()) GTEST_SKIP() << "It counts allocations of the host.";
  train_sft(options("whole"), kGoOn, kSilent);
  SftOptions parts = options("parts");
  CountingAllocator::instance();
  const Progress progress = [](std::string_view, std::int64_t done, std::int64_t) {
    if (done == 2) CountingAllocator::instance().fail_at(500);
    return true;
  };
  const std::string refusal =
      refusal_of([&] { train_sft(parts, progress, kSilent); }, ErrorKind::kSystem);
  EXPECT_THAT(refusal, ContainsRegex("Step [3-6] did not fit into the memory of the machine: "));
  EXPECT_THAT(refusal, HasSubstr("per_device_train_batch_size (4 now"));
  EXPECT_THAT(refusal, ContainsRegex("Step [2-5] is kept in '.*/parts/checkpoint-[2-5]'"));
  parts.resume_from_checkpoint = "latest";
  expect_same(folder_.path() / "whole/checkpoint-6", train_sft(parts, kGoOn, kSilent).checkpoint);
}

}  // namespace
}  // namespace juror
