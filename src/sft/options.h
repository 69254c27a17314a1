// What can be chosen of a run of `juror train sft`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "image/options.h"
#include "model/lora.h"
#include "sft/mini_model.h"
#include "synth/pairs.h"
#include "tensor/device.h"
#include "train/adamw.h"
#include "train/schedule.h"

namespace juror {

/// Named as TRL and transformers name them, where they have them.
struct SftOptions {
  std::string model_name_or_path = "mini";
  std::string output_dir = "runs/sft";
  std::string dataset = "synth";
  std::string objective = "completion";
  std::string photos = ".deps/photos/train";
  std::string validation_photos;
  std::string prompt_template;
  std::string device = "auto", dtype = "auto";
  bool use_peft = false, gradient_checkpointing = false;
  std::int64_t max_steps = 1000;
  std::int64_t per_device_train_batch_size = 16;
  std::int64_t gradient_accumulation_steps = 1;
  std::int64_t logging_steps = 20;
  std::int64_t save_steps = 500;
  std::int64_t save_total_limit = 2;
  bool final_bf16 = false;
  std::int64_t eval_steps = 0;
  std::int64_t dataloader_num_workers = 2;
  double severity_weight = 0.0;
  double decisive_weight = 0.0;
  double order_weight = 0.0;
  double misjudged = 0.0;
  std::string thought_form = "evidence";
  std::string opinions;
  double opinion_share = 0.5;
  double opinion_weight = 1.0;
  std::string teacher;
  double teacher_weight = 1.0;
  bool bf16 = false;
  ImageOptions image;
  std::vector<std::string> frozen;
  std::string resume_from_checkpoint;
  std::int64_t seed = 0;  ///< a flag of every command, so not among the fields
  AdamWOptions optimizer;
  ScheduleOptions schedule;
  SynthOptions synth;
  MiniOptions mini;
  LoraOptions lora;

  template <class Field>
  void fields(Field&& field) {
    field("model_name_or_path", model_name_or_path,
          "Model folder to start from; 'new' makes an untrained mini model");
    field("output_dir", output_dir, "Run folder: config.toml, metrics.jsonl, checkpoint-N");
    field("dataset", dataset, "'synth', or a JSONL file of {messages, completion}");
    field("objective", objective,
          "Train completions, or only the vision tower on severities (synth)",
          OneOf{{"completion", "severity"}});
    field("photos", photos, "Folder of photos for synth");
    field("validation_photos", validation_photos,
          "Folder of other photos for eval_steps; empty: no evaluation");
    field("prompt_template", prompt_template, "Template file or name; empty: the model's own");
    field("device", device, kDeviceHelp);
    field(
        "dtype", dtype,
        "Type of weights and products; auto: float32, and for large models with use_peft what the "
        "device multiplies fastest. bfloat16: what is trained has fp32 masters. int8, int4: "
        "adapters beside weights of 8 or 4 bits",
        OneOf{{"auto", "float32", "bfloat16", "int8", "int4"}});
    field("use_peft", use_peft,
          "Train LoRA adapters instead of the weights (objective completion)");
    field("gradient_checkpointing", gradient_checkpointing,
          "Compute layers again in the backward pass instead of keeping what is inside, attention "
          "apart: slower, with less memory");
    field("max_steps", max_steps, "Optimizer steps", Range{1, 1e9});
    field("per_device_train_batch_size", per_device_train_batch_size, "Samples a forward pass",
          Range{1, 65536});
    field("gradient_accumulation_steps", gradient_accumulation_steps, "Forward passes a step",
          Range{1, 65536});
    field("logging_steps", logging_steps, "Steps between lines of metrics", Range{1, 1e9});
    field("save_steps", save_steps, "Steps between checkpoints", Range{1, 1e9});
    field("save_total_limit", save_total_limit, "Checkpoints kept; 0: all", Range{0, 1e6});
    field("final_bf16", final_bf16,
          "At the end write the model alone, in bfloat16, to the run's folder 'final'");
    field("eval_steps", eval_steps, "Steps between evaluations of the severity head; 0: none",
          Range{0, 1e9});
    field("dataloader_num_workers", dataloader_num_workers, "Threads that prepare samples",
          Range{1, 256});
    field("severity_weight", severity_weight,
          "Weight of the severity loss beside the completion loss (synth)", Range{0, 1e6});
    field("decisive_weight", decisive_weight,
          "Weight of quality digits and answers, asked for as softly as they are in doubt; 0: like "
          "other tokens (synth)",
          Range{0, 1e6});
    field("order_weight", order_weight,
          "Weight of the squared difference between the two orders' answers to one pair (synth)",
          Range{0, 1e6});
    field("misjudged", misjudged,
          "Share of thoughts that err about the images; there the answer alone is learnt (synth)",
          Range{0, 1});
    field(
        "thought_form", thought_form,
        "What thoughts say besides what is wrong: a quality digit each (evidence), with a decimal "
        "(tenths), at the end which picture is better and by how much (compare) (synth)",
        OneOf{{"evidence", "tenths", "compare"}});
    field("opinions", opinions,
          "Data set of real photos with people's ratings (docs/data.md), its splits train and "
          "validation; empty: simulated pictures alone (synth)");
    field("opinion_share", opinion_share, "Share of samples that are rated photos", Range{0, 1});
    field("opinion_weight", opinion_weight,
          "Weight of the loss of the severity head on people's mean rating and its spread",
          Range{0, 1e6});
    field("teacher", teacher,
          "EfficientNet-Lite0's weights (scripts/teacher), whose features the tower learns beside; "
          "empty: none (objective severity)");
    field("teacher_weight", teacher_weight, "Weight of the loss on the teacher's features",
          Range{0, 1e6});
    field("bf16", bf16, "Multiply in bfloat16 where the fp32 weights allow it (mixed precision)");
    field("frozen", frozen, "Parameters whose name contains one of these words are not trained");
    field("resume_from_checkpoint", resume_from_checkpoint,
          "'latest', or a checkpoint folder of this run");
    optimizer.fields(field);
    schedule.fields(field);
    nested(field, "synth", synth);
    nested(field, "mini", mini);
    nested(field, "lora", lora);
    image.fields(field);
  }
};

}  // namespace juror
