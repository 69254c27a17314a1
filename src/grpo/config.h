// `juror train grpo`: every option of a run, by the names of TRL's GRPOConfig where it has them.
// Defaults are ours; the hyper-parameters of arXiv 2503.19948 are not published where we could read
// them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "data/dataset.h"
#include "engine/sampler.h"
#include "grpo/loss.h"
#include "grpo/scoring.h"
#include "model/lora.h"
#include "synth/voters.h"
#include "tensor/device.h"
#include "train/adamw.h"
#include "train/schedule.h"

namespace juror {

struct GrpoConfig {
  // What is trained, on what.
  std::string model_name_or_path = "mini";
  std::string output_dir = "runs/grpo";
  std::string dataset = "synth";
  std::string eval_dataset, eval_split;
  std::string photos = ".deps/photos/train";
  std::string validation_photos;
  std::string prompt_template;
  ComputeOptions compute;
  bool think = true;
  std::vector<std::string> frozen;
  bool use_peft = false;
  std::string unreadable_image = "stop";

  // Rollouts.
  std::int64_t num_generations = 8;
  bool both_orders = false;
  std::int64_t list_size = 2;
  std::int64_t max_completion_length = 256;
  double temperature = 1.0, top_p = 1.0, min_p = 0.0;
  std::int64_t top_k = 0;
  std::int64_t rollout_batch_rows = 64;
  std::int64_t dynamic_sampling_tries = 0;
  double filter_low = -1e6, filter_high = 1e6;

  // Steps.
  std::int64_t max_steps = 100;
  std::int64_t per_device_train_batch_size = 8;
  std::int64_t gradient_accumulation_steps = 1;
  std::int64_t num_iterations = 1;
  bool shared_prefix = true;
  bool keep_prompts = true;
  bool gradient_checkpointing = false;
  bool bf16 = false;

  // The frozen models beside the policy.
  bool sync_ref_model = false;
  double ref_model_mixup_alpha = 0.6;
  std::int64_t ref_model_sync_steps = 512;
  std::string listener_model;

  // Watching and keeping.
  std::int64_t logging_steps = 10;
  std::int64_t num_completions_to_print = 1;
  std::int64_t eval_steps = 0;
  std::int64_t eval_pairs = 100;
  double peak_tflops = 0;
  std::int64_t save_steps = 100;
  std::int64_t save_total_limit = 2;
  std::string metric_for_best_model = "eval/accuracy";
  bool greater_is_better = true;
  std::int64_t dataloader_num_workers = 1;
  std::string resume_from_checkpoint;
  std::int64_t seed = 0;  ///< a flag of every command, so not among the fields

  GrpoLossOptions loss;
  ScoringOptions scoring;
  AdamWOptions optimizer{.learning_rate = 1e-6, .adam_beta2 = 0.999, .weight_decay = 0.0};
  ScheduleOptions schedule{.lr_scheduler_type = "linear", .warmup_steps = 0};
  SynthOptions synth;
  VoterOptions voters;
  DatasetOptions data;
  LoraOptions lora;

  template <class Field>
  void fields(Field&& field) {
    field("model_name_or_path", model_name_or_path, "Model folder or name to start from");
    field("output_dir", output_dir,
          "Run folder: config.toml, metrics.jsonl, completions.jsonl, checkpoint-N");
    field("dataset", dataset, "'synth', or a data set of people's preferences (docs/data.md)");
    field("eval_dataset", eval_dataset,
          "Data set for eval_steps; empty: synth on validation_photos");
    field("eval_split", eval_split, "Split of eval_dataset");
    field("photos", photos, "Folder of photos for synth");
    field("validation_photos", validation_photos, "Folder of other photos for eval_steps");
    field("prompt_template", prompt_template, "Template file or name; empty: the model's own");
    field("device", compute.device, kDeviceHelp);
    field(
        "dtype", compute.dtype,
        "Type of weights and products, for rollouts and loss passes alike; auto: float32, and for "
        "large models with use_peft what the device multiplies fastest. bfloat16: what is trained "
        "has fp32 masters. int8, int4: adapters beside weights of 8 or 4 bits",
        OneOf{{"auto", "float32", "bfloat16", "int8", "int4"}});
    field("think", think, "Think aloud before answering");
    field("frozen", frozen, "Parameters whose name contains one of these words are not trained");
    field("use_peft", use_peft, "Train LoRA adapters instead of the weights");
    field("unreadable_image", unreadable_image, "What an image that cannot be read does",
          OneOf{{"stop", "skip"}});
    field("num_generations", num_generations, "Completions in a group", Range{2, 4096});
    field("both_orders", both_orders, "Half of each group sees the pair in the other order");
    field("list_size", list_size,
          "Images shown at once, of examples that people ranked, by a prompt template whose answer "
          "is "
          "a ranking; 2: pairs",
          Range{2, 6});
    field("max_completion_length", max_completion_length, "Most tokens a completion may have",
          Range{1, 1 << 20});
    field("temperature", temperature, "Sampling temperature", Range{1e-3, 100.0});
    field("top_p", top_p, "Sample among the likeliest tokens that together have this probability",
          Range{0.0, 1.0});
    field("top_k", top_k, "Sample among this many likeliest tokens; 0: all", Range{0, 1 << 24});
    field("min_p", min_p,
          "Sample among tokens of at least this fraction of the likeliest one's probability",
          Range{0.0, 1.0});
    field("rollout_batch_rows", rollout_batch_rows, "Most completions decoded together",
          Range{1, 65536});
    field(
        "dynamic_sampling_tries", dynamic_sampling_tries,
        "Groups whose rewards are all equal, or have a mean outside filter_low to filter_high, are "
        "replaced by new ones, in at most this many rounds; 0: kept",
        Range{0, 100});
    field("filter_low", filter_low,
          "Dynamic sampling drops a group whose mean reward is this or less");
    field("filter_high", filter_high,
          "Dynamic sampling drops a group whose mean reward is this or more");
    field("max_steps", max_steps, "Optimizer steps", Range{1, 1e9});
    field("per_device_train_batch_size", per_device_train_batch_size,
          "Completions in one loss pass; whole groups", Range{2, 1 << 20});
    field("gradient_accumulation_steps", gradient_accumulation_steps, "Loss passes a step",
          Range{1, 65536});
    field("num_iterations", num_iterations, "Steps taken on the same completions", Range{1, 1000});
    field("shared_prefix", shared_prefix,
          "Read each prompt once for all of its completions; off: the naive pass, to compare");
    field("keep_prompts", keep_prompts,
          "The update after a rollout differentiates images and prompts as the rollout read them, "
          "those of the whole step at once; off, and with bf16 or dynamic sampling: each loss pass "
          "reads its own again, slower, with less memory where gradient_accumulation_steps is "
          "above 1");
    field("gradient_checkpointing", gradient_checkpointing,
          "Compute layers again in the backward pass instead of keeping what is inside, attention "
          "apart: slower, with less memory");
    field("bf16", bf16,
          "Loss passes multiply in bfloat16 where the fp32 weights allow it (mixed precision); "
          "rollouts stay in fp32. dtype = \"bfloat16\" has rollouts in it too");
    field("sync_ref_model", sync_ref_model, "Move the reference towards the policy now and then");
    field("ref_model_mixup_alpha", ref_model_mixup_alpha,
          "Share of the policy in a moved reference", Range{0, 1});
    field("ref_model_sync_steps", ref_model_sync_steps, "Steps between moves of the reference",
          Range{1, 1e9});
    field("listener_model", listener_model,
          "Model folder of the listener; empty: the model at the start");
    field("logging_steps", logging_steps, "Steps between rows of the table and logged completions",
          Range{1, 1e9});
    field("num_completions_to_print", num_completions_to_print,
          "Groups whose best and worst completions are shown and logged each time", Range{0, 1000});
    field("eval_steps", eval_steps, "Steps between evaluations; 0: none", Range{0, 1e9});
    field("eval_pairs", eval_pairs, "Pairs of an evaluation, each in both orders", Range{1, 1e9});
    field("peak_tflops", peak_tflops,
          "What the machine can do, in TFLOP/s, for perf/mfu; 0: measured at the start",
          Range{0, 1e9});
    field("save_steps", save_steps, "Steps between checkpoints", Range{1, 1e9});
    field("save_total_limit", save_total_limit, "Checkpoints kept, the best among them; 0: all",
          Range{0, 1e6});
    field("metric_for_best_model", metric_for_best_model,
          "Metric of an evaluation by which checkpoints are compared; empty: none is the best");
    field("greater_is_better", greater_is_better, "Whether more of that metric is better");
    field("dataloader_num_workers", dataloader_num_workers, "Threads that prepare images",
          Range{1, 256});
    field("resume_from_checkpoint", resume_from_checkpoint,
          "'latest', or a checkpoint folder of this run");
    loss.fields(field);
    scoring.fields(field);
    optimizer.fields(field);
    schedule.fields(field);
    nested(field, "synth", synth);
    nested(field, "voters", voters);
    nested(field, "data", data);
    data.image.fields(field);
    nested(field, "lora", lora);
  }

  std::int64_t groups_per_pass() const { return per_device_train_batch_size / num_generations; }
  std::int64_t groups_per_step() const { return groups_per_pass() * gradient_accumulation_steps; }
  /// What the rollout read can serve the update: it was read as loss passes read, and all groups
  /// stay.
  bool reuses_prompts() const {
    return keep_prompts && shared_prefix && !bf16 && dynamic_sampling_tries == 0;
  }
  /// What the policy computes in, for a model of about so many parameters.
  Compute policy_compute(std::int64_t parameters) const;
  bool skips_unreadable() const { return unreadable_image == "skip"; }
  SamplingOptions sampling() const {
    return {.temperature = temperature,
            .top_k = top_k,
            .top_p = top_p,
            .min_p = min_p,
            .max_new_tokens = max_completion_length};
  }
};

/// Throws Error for options that do not go together: what was given, what is expected.
void check_config(const GrpoConfig& config);

}  // namespace juror
