// Estimates against sums done by hand on a tiny config, and against published counts of the real
// ones.
#include "grpo/estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tiny_model.h"
#include "grpo/step_flops.h"
#include "model/family.h"

namespace juror {
namespace {

constexpr PromptShape kPrompt{
    .images = 2, .patch_rows = 4, .patch_columns = 6, .text_tokens = 10};  // 2 · 6 + 10 tokens

/// One group of two completions of four tokens.
GrpoConfig small_run() {
  GrpoConfig config;
  config.num_generations = 2;
  config.per_device_train_batch_size = 2;
  config.max_completion_length = 4;
  config.scoring.reward_funcs = {"soft"};
  return config;
}

GrpoConfig small_lora_run() {
  GrpoConfig config = small_run();
  config.use_peft = true;
  config.lora.r = 3;
  return config;
}

ModelConfig real_config(const std::string& name) {
  return load_config(std::filesystem::path(JUROR_SOURCE_DIR) / "configs/models" / name);
}

/// The step of `small_run` as it comes about when no completion ends early.
Group full_group() {
  Group group{.prompts = {tiny_prompt(1, {tiny_image(1), tiny_image(2)})}, .samples = {}};
  group.prompts[0].token_ids.resize(static_cast<std::size_t>(prompt_tokens(tiny_config(), kPrompt)),
                                    7);
  group.samples.assign(2, {.token_ids = {1, 2, 3, 4}});
  return group;
}

TEST(NeededFlops, AreTheEstimateOfAStepWithoutItsSecondLogits) {
  const Group group = full_group();
  for (const bool use_peft : {false, true}) {
    const GrpoConfig config = use_peft ? small_lora_run() : small_run();
    const GrpoEstimate estimate = estimate_grpo(tiny_config(), config, kPrompt);
    const NeededFlops needed =
        needed_flops(tiny_config(), {&group}, {.weights = !use_peft, .tower = !use_peft});
    const double logits = 2 * head_flops(tiny_config().text, 4).total();
    EXPECT_DOUBLE_EQ(needed.vision, estimate.flops.vision);
    EXPECT_DOUBLE_EQ(needed.prompts, estimate.flops.prompts);
    EXPECT_DOUBLE_EQ(needed.decode, estimate.flops.decode);
    EXPECT_DOUBLE_EQ(needed.completions, estimate.flops.completions - logits);
    EXPECT_DOUBLE_EQ(needed.backward,
                     estimate.flops.text_backward + estimate.flops.vision_backward);
    EXPECT_DOUBLE_EQ(needed.step(), estimate.flops.total() - logits);
  }
}

TEST(NeededFlops, CountAnImageOnceHoweverManyPromptsShowIt) {
  Group group = full_group();
  const double once = needed_flops(tiny_config(), {&group}, {}).vision;
  group.prompts.push_back(group.prompts[0]);
  EXPECT_EQ(needed_flops(tiny_config(), {&group}, {}).vision, once);
  EXPECT_GT(once, 0);
}

TEST(PeakFlops, AreMeasuredInBothPrecisions) {
  for (const bool bf16 : {false, true}) {
    const PeakFlops peak = measure_peak_flops(bf16);
    EXPECT_GT(peak.by_wall, 1e6);
    EXPECT_GT(peak.by_cpu, 1e6);
    EXPECT_LT(peak.by_wall, 1e17);
  }
}

TEST(CountParameters, CountsWhatTheModelHas) {
  // text 2 · (7680 + 64 biases + 64 norms) + 61 · 32 + 32; vision 2304 + 2 · 5432 + 12440
  const ParameterCount count = count_parameters(tiny_config(), small_run());
  EXPECT_EQ(count.total, 17600 + 25608);
  EXPECT_EQ(count.trained, count.total);
  EXPECT_TRUE(count.trains_tower);
  std::int64_t allocated = 0;
  for (const auto& [name, tensor] : named_parameters(*tiny_model())) allocated += tensor.numel();
  EXPECT_EQ(count.total, allocated);
}

TEST(CountParameters, CountsWhatModelsOfEveryFamilyHave) {
  for (const ModelConfig& config : tiny_configs()) {
    std::int64_t allocated = 0;
    for (const auto& [name, tensor] : named_parameters(*random_model(config, 1)))
      allocated += tensor.numel();
    EXPECT_EQ(count_parameters(config, small_run()).total, allocated) << config.family->name;
  }
}

TEST(CountParameters,
     KnowsTheSizesOfTheRealModels) {  // as the hub's pages of the checkpoints count them
  EXPECT_EQ(count_parameters(real_config("Qwen2.5-VL-3B-Instruct"), {}).total, 3'754'622'976);
  EXPECT_EQ(count_parameters(real_config("Qwen2.5-VL-7B-Instruct"), {}).total, 8'292'166'656);
  EXPECT_EQ(count_parameters(real_config("Qwen2-VL-2B-Instruct"), {}).total, 2'208'985'600);
  EXPECT_EQ(count_parameters(real_config("Qwen3-VL-4B-Instruct"), {}).total, 4'437'815'808);
}

TEST(CountParameters, LeavesOutWhatIsFrozen) {
  GrpoConfig config = small_run();
  config.frozen = {"visual."};
  const ParameterCount count = count_parameters(tiny_config(), config);
  EXPECT_EQ(count.total, 43208);
  EXPECT_EQ(count.trained, 17600);
  EXPECT_FALSE(count.trains_tower);
}

TEST(CountParameters, CountsAdaptersAlone) {
  // a layer: 3 · (64 + 48 + 48 + 64 + 80 + 80 + 80) in A and B, beside 7680 weights
  const ParameterCount count = count_parameters(tiny_config(), small_lora_run());
  EXPECT_EQ(count.trained, 2 * 1392);
  EXPECT_EQ(count.adapted, 2 * 7680);
  EXPECT_FALSE(count.trains_tower);
  const auto model = tiny_model();
  std::int64_t allocated = 0;
  for (const auto& [name, tensor] : add_lora(*model, small_lora_run().lora, 1))
    allocated += tensor.numel();
  EXPECT_EQ(count.trained, allocated);
  GrpoConfig everywhere = small_lora_run();
  everywhere.lora.exclude_modules = "";
  EXPECT_TRUE(count_parameters(tiny_config(), everywhere).trains_tower);
}

TEST(Flops, OfAnImageCountTowerAndMerger) {
  // a patch: 2 · (2 · (4 · 24² + 3 · 24 · 40) + 96 · 24 + 96 · 128 / 4); one block sees 24 patches,
  // the other a window of 16
  const Flops flops = vision_flops(tiny_config().vision, kPrompt);
  EXPECT_EQ(flops.linear, 24 * 2 * (2 * 5184 + 2304 + 3072));
  EXPECT_EQ(flops.attention, 4 * 24 * 24 * (24 + 16));
}

TEST(Flops, CountTheMergersAndHeadsOfOtherFamilies) {
  // a block: 4 · 24² + 2 · 24 · 48 without a gate; both see all 24 patches
  const Flops qwen2 = vision_flops(tiny_qwen2_config().vision, kPrompt);
  EXPECT_EQ(qwen2.linear, 24 * 2 * (2 * 4608 + 2304 + 3072));
  EXPECT_EQ(qwen2.attention, 4 * 24 * 24 * (24 + 24));
  // three mergers; three layers of four heads of 12 channels at a width of 32
  const Flops qwen3 = vision_flops(tiny_qwen3_config().vision, kPrompt);
  EXPECT_EQ(qwen3.linear, 24 * 2 * (2 * 4224 + 2304 + 3 * 3072));
  const TextConfig text = tiny_qwen3_config().text;
  EXPECT_EQ(prompt_flops(text, 3).linear, 3 * 2 * 3 * (32 * 2 * (48 + 24) + 3 * 32 * 48));
  EXPECT_EQ(prompt_flops(text, 3).attention, 4 * 3 * 48 * (1 + 2 + 3));
}

TEST(Flops, OfTokensCountWhatEachOfThemSees) {
  const TextConfig text = tiny_config().text;
  EXPECT_EQ(prompt_flops(text, 3).linear, 3 * 2 * 2 * 7680);
  EXPECT_EQ(prompt_flops(text, 3).attention, 4 * 2 * 32 * (1 + 2 + 3));
  EXPECT_EQ(completion_flops(text, 3, 2).linear, 2 * 2 * 2 * 7680);
  EXPECT_EQ(completion_flops(text, 3, 2).attention, 4 * 2 * 32 * (4 + 5));
  EXPECT_EQ(head_flops(text, 2).total(), 2 * 2 * 32 * 61);
}

TEST(Flops, ForwardOfA3BGroupIsTheKnownCount) {
  // spec: two images of 512², P 798, R 300, G 8 take 77.5 TFLOP one by one and 21.9 with a shared
  // prefix, without logits
  const ModelConfig model = real_config("Qwen2.5-VL-3B-Instruct");
  const double image = vision_flops(model.vision, {}).total(),
               prompt = prompt_flops(model.text, 798).total();
  const double completion = completion_flops(model.text, 798, 300).total();
  EXPECT_NEAR((8 * (2 * image + prompt + completion)) / 1e12, 77.5, 0.05);
  EXPECT_NEAR((2 * image + prompt + 8 * completion) / 1e12, 21.9, 0.05);
}

TEST(EstimateGrpo, AddsUpAStepOfFullTraining) {
  const GrpoEstimate estimate = estimate_grpo(tiny_config(), small_run(), kPrompt);
  EXPECT_EQ(estimate.prompt_tokens, 22);
  EXPECT_EQ(estimate.prompts, 1);
  EXPECT_EQ(estimate.completions, 2);
  EXPECT_EQ(estimate.sampled_tokens, 8);
  EXPECT_EQ(estimate.update_tokens, 30);
  EXPECT_EQ(estimate.flops.vision, 2 * 847872);  // the update uses the rollout's
  EXPECT_EQ(estimate.flops.vision_backward, 2 * 2 * 847872);
  EXPECT_EQ(estimate.flops.prompts, 675840 + 64768);
  EXPECT_EQ(estimate.flops.decode, 2 * (122880 + 25088 + 15616));
  EXPECT_EQ(estimate.flops.completions, 2 * (122880 + 25088 + 2 * 15616));
  EXPECT_EQ(estimate.flops.text_backward, 2 * (675840 + 64768) + 2 * 2 * (122880 + 25088 + 15616));
  EXPECT_EQ(estimate.flops.frozen, 0);
  EXPECT_EQ(estimate.seconds_per_step(1000), estimate.flops.total() / 1000);
}

TEST(EstimateGrpo, AdaptersSaveTheGradientsOfWeightsAndTheTowersBackward) {
  const GrpoEstimate estimate = estimate_grpo(tiny_config(), small_lora_run(), kPrompt);
  EXPECT_EQ(estimate.flops.vision, 2 * 847872);
  EXPECT_EQ(estimate.flops.vision_backward, 0);
  EXPECT_EQ(estimate.flops.text_backward, 675840 + 2 * 64768 + 2 * (122880 + 2 * 25088 + 15616));
}

TEST(EstimateGrpo, NaiveReadsEveryPromptAndImageForEveryCompletion) {
  GrpoConfig config = small_run();
  config.shared_prefix = false;
  const GrpoEstimate estimate = estimate_grpo(tiny_config(), config, kPrompt);
  EXPECT_EQ(estimate.update_tokens, 2 * 26);
  EXPECT_EQ(estimate.flops.vision, (2 + 4) * 847872);
  EXPECT_EQ(estimate.flops.vision_backward, 4 * 2 * 847872);
  EXPECT_EQ(estimate.flops.prompts, (1 + 2) * 740608);
}

TEST(EstimateGrpo, PassesThatKeepNothingReadPromptsAndImagesAgain) {
  GrpoConfig config = small_run();
  config.gradient_accumulation_steps = 2;
  config.keep_prompts = false;
  const GrpoEstimate estimate = estimate_grpo(tiny_config(), config, kPrompt);
  EXPECT_EQ(estimate.completions, 4);
  EXPECT_EQ(estimate.flops.vision, 2 * 2 * 2 * 847872);
  EXPECT_EQ(estimate.flops.prompts, 2 * 2 * 740608);
  EXPECT_FALSE(estimate.memory.keeps_prompts);
  const GrpoEstimate single = estimate_grpo(tiny_config(), small_run(), kPrompt);
  EXPECT_EQ(estimate.memory.update(), single.memory.update());
}

TEST(EstimateGrpo, KeptPromptsServeAllPassesAndTakeMemoryOfTheWholeStep) {
  GrpoConfig config = small_run();
  config.gradient_accumulation_steps = 2;
  const GrpoEstimate single = estimate_grpo(tiny_config(), small_run(), kPrompt),
                     both = estimate_grpo(tiny_config(), config, kPrompt);
  EXPECT_EQ(both.flops.vision, 2 * single.flops.vision);  // two pairs of images, each once
  EXPECT_EQ(both.flops.prompts, 2 * single.flops.prompts);
  EXPECT_EQ(both.memory.vision_activations, 2 * single.memory.vision_activations);
  EXPECT_EQ(both.memory.prompt_activations, 2 * single.memory.prompt_activations);
  EXPECT_EQ(both.memory.completion_activations, single.memory.completion_activations);
}

TEST(EstimateGrpo, CompletionsAreDifferentiatedSomeGroupsAtATime) {
  GrpoConfig one = small_run(), many = small_run();
  one.num_generations = many.num_generations = 8;
  one.max_completion_length = many.max_completion_length = 128;  // 1024 tokens a group
  one.per_device_train_batch_size = 8;
  many.per_device_train_batch_size = 32;
  const MemoryUse alone = estimate_grpo(tiny_config(), one, kPrompt).memory,
                  together = estimate_grpo(tiny_config(), many, kPrompt).memory;
  EXPECT_EQ(together.completion_activations, alone.completion_activations);
  EXPECT_EQ(together.prompt_activations, 4 * alone.prompt_activations);
  many.loss.top_entropy_quantile = 0.5;  // compares all tokens
  EXPECT_EQ(estimate_grpo(tiny_config(), many, kPrompt).memory.completion_activations,
            4 * alone.completion_activations);
}

TEST(EstimateGrpo, CompletionsUsedTwiceAreSampledHalfAsOften) {
  GrpoConfig config = small_run();
  config.num_iterations = 2;
  const GrpoEstimate once = estimate_grpo(tiny_config(), small_run(), kPrompt),
                     twice = estimate_grpo(tiny_config(), config, kPrompt);
  EXPECT_EQ(twice.flops.decode, once.flops.decode / 2);
  EXPECT_EQ(twice.flops.prompts,
            once.flops.prompts);  // half a prefill, and half a reading for the second update
}

TEST(EstimateGrpo, AReferenceAndAListenerReadEverythingOnceMore) {
  GrpoConfig config = small_run();
  config.loss.beta = 0.04;
  const double pass = 2 * 847872 + 740608 + 2 * (147968 + 15616);
  EXPECT_EQ(estimate_grpo(tiny_config(), config, kPrompt).flops.frozen, pass);
  EXPECT_EQ(estimate_grpo(tiny_config(), config, kPrompt).memory.reference, 4 * 43208);
  config.scoring.reward_funcs = {"soft", "listener"};
  EXPECT_EQ(estimate_grpo(tiny_config(), config, kPrompt).flops.frozen, 2 * pass);
  EXPECT_EQ(estimate_grpo(tiny_config(), config, kPrompt).memory.listener, 4 * 43208);
  GrpoConfig lora = small_lora_run();
  lora.loss.beta = 0.04;
  EXPECT_EQ(estimate_grpo(tiny_config(), lora, kPrompt).memory.reference,
            0);  // the model without its adapters
}

TEST(EstimateGrpo, AddsUpTheMemoryOfFullTraining) {
  const MemoryUse memory = estimate_grpo(tiny_config(), small_run(), kPrompt).memory;
  EXPECT_EQ(memory.weights, 4 * 43208);
  EXPECT_EQ(memory.gradients, 4 * 43208);
  EXPECT_EQ(memory.optimizer, 8 * 43208);
  EXPECT_EQ(memory.merged, 0);
  EXPECT_EQ(memory.kv_cache, 4 * (2 * 2 * 16) * (22 + 2 * 4));
  EXPECT_EQ(memory.vision_activations, 4 * (2 * 24) * 2 * (4 * 24 + 3 * 24 + 4 * 24 + 2 * 40));
  EXPECT_EQ(memory.prompt_activations, 4 * 22 * 2 * (4 * 32 + 3 * 32 + 4 * 16 + 2 * 48));
  EXPECT_EQ(memory.completion_activations,
            4 * (2 * 2 * (4 * (4 * 32 + 3 * 32 + 2 * 48) + 2 * 16 * 26) + 2 * (2 * 4) * 26));
  EXPECT_EQ(memory.logits, 4 * 4 * 8 * 61);
  EXPECT_EQ(memory.steady(), 691328);
  EXPECT_EQ(memory.rollout(), 7680 + 132096 + 67584);
  EXPECT_EQ(memory.update(), 132096 + 67584 + 35456 + 7808);
  EXPECT_EQ(memory.peak(), 691328 + 242944);
}

TEST(EstimateGrpo, KnowsWhatLayersOfOtherFamiliesKeep) {
  const MemoryUse qwen2 = estimate_grpo(tiny_qwen2_config(), small_run(), kPrompt).memory,
                  qwen3 = estimate_grpo(tiny_qwen3_config(), small_run(), kPrompt).memory;
  EXPECT_EQ(qwen2.vision_activations, 4 * (2 * 24) * 2 * (4 * 24 + 3 * 24 + 4 * 24 + 3 * 48));
  EXPECT_EQ(qwen3.vision_activations, 4 * (2 * 24) * 2 * (4 * 24 + 3 * 24 + 4 * 24 + 2 * 40));
  // queries and keys before their norms too
  EXPECT_EQ(qwen3.prompt_activations, 4 * 22 * 3 * (4 * 32 + 3 * 48 + 4 * 24 + (48 + 24) + 2 * 48));
}

TEST(EstimateGrpo, CheckpointingKeepsWhatAttentionKeepsAndComputesTheLayersAgain) {
  GrpoConfig config = small_run();
  config.gradient_checkpointing = true;
  const GrpoEstimate kept = estimate_grpo(tiny_config(), small_run(), kPrompt),
                     again = estimate_grpo(tiny_config(), config, kPrompt);
  EXPECT_EQ(again.memory.vision_activations, 4 * (2 * 24) * 2 * (24 + 3 * 24 + 4 * 24));
  EXPECT_EQ(again.memory.prompt_activations, 4 * 22 * 2 * (32 + 3 * 32 + 4 * 16));
  EXPECT_EQ(again.flops.vision_backward - kept.flops.vision_backward,
            (2 * 24) * 2 * 2 * (4 * 24 * 24 + 3 * 24 * 40));
  EXPECT_EQ(again.flops.text_backward - kept.flops.text_backward,
            (22 + 2 * 4) * 2 * 2 * (32 * (2 * 32 + 2 * 16) + 3 * 32 * 48));
  GrpoConfig adapters = small_lora_run();
  adapters.gradient_checkpointing = true;
  EXPECT_EQ(estimate_grpo(tiny_config(), adapters, kPrompt).memory.prompt_activations,
            again.memory.prompt_activations);
}

TEST(EstimateGrpo, AdaptersNeedAMergedCopyAndLittleElse) {
  const MemoryUse memory = estimate_grpo(tiny_config(), small_lora_run(), kPrompt).memory;
  EXPECT_EQ(memory.weights, 4 * (43208 + 2784));
  EXPECT_EQ(memory.gradients, 4 * 2784);
  EXPECT_EQ(memory.optimizer, 8 * 2784);
  EXPECT_EQ(memory.merged, 4 * 15360);
  EXPECT_EQ(memory.vision_activations, 0);
  EXPECT_EQ(memory.prompt_activations, 4 * 22 * 2 * (4 * 32 + 3 * 32 + 4 * 16 + 3 * 48));
}

TEST(EstimateGrpo, HalfPrecisionHalvesAllButAdaptersMomentsAndLogits) {
  GrpoConfig config = small_lora_run();
  const MemoryUse full = estimate_grpo(tiny_config(), config, kPrompt).memory;
  config.compute.dtype = "bfloat16";
  const MemoryUse half = estimate_grpo(tiny_config(), config, kPrompt).memory;
  EXPECT_EQ(half.weights, 2 * 43208 + 4 * 2784);
  EXPECT_EQ(half.gradients, full.gradients);
  EXPECT_EQ(half.optimizer, full.optimizer);
  EXPECT_EQ(half.merged, 0);
  EXPECT_EQ(2 * half.kv_cache, full.kv_cache);
  EXPECT_EQ(2 * half.prompt_activations, full.prompt_activations);
  EXPECT_EQ(2 * half.completion_activations, full.completion_activations);
  EXPECT_EQ(half.logits, full.logits);
  config.use_peft = false;
  const MemoryUse masters = estimate_grpo(tiny_config(), config, kPrompt).memory;
  EXPECT_EQ(masters.weights, 2 * 43208);
  EXPECT_EQ(masters.gradients, 2 * 43208);
  EXPECT_EQ(masters.optimizer, 12 * 43208);
}

TEST(EstimateGrpo, WeightsOfFewBitsHaveAScaleAndAZeroForEvery128) {
  GrpoConfig config = small_lora_run();
  config.compute.dtype = "bfloat16";
  const ModelConfig model = real_config("Qwen2.5-VL-3B-Instruct");
  const GrpoEstimate half = estimate_grpo(model, config);
  EXPECT_NEAR(static_cast<double>(half.memory.weights), 2 * 3.755e9, 0.05e9);
  config.compute.dtype = "int4";
  const GrpoEstimate few = estimate_grpo(model, config);
  const std::int64_t linears = few.parameters.decoder_linears;
  EXPECT_EQ(linears, std::int64_t{36} * (2048 * (2 * 2048 + 2 * 256) + 3 * 2048 * 11008));
  const std::int64_t others = few.parameters.total - linears;
  EXPECT_TRUE(few.memory.weights == 2 * others + linears / 128 * 69 + 4 * few.parameters.trained ||
              few.memory.weights == 4 * others + linears / 128 * 69 + 4 * few.parameters.trained)
      << "without bf16 in the CPU all else is fp32";
  EXPECT_EQ(few.memory.merged, 0);
}

}  // namespace
}  // namespace juror
