// All that a GRPO run holds between steps, and how it starts: nothing here decides what a step
// does.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "grpo/alarms.h"
#include "grpo/collect.h"
#include "grpo/config.h"
#include "grpo/listener.h"
#include "judge/template.h"
#include "model/processor.h"
#include "train/adamw.h"
#include "train/best_checkpoint.h"
#include "train/pair_source.h"
#include "train/run_folder.h"

namespace juror {

struct GrpoRun {
  explicit GrpoRun(const GrpoConfig& c) : config(c), folder(c.output_dir) {}

  GrpoConfig config;
  RunFolder folder;
  std::filesystem::path
      base_folder;  ///< the model at the start: side files, reference and listener
  Compute compute;  ///< of the policy and the frozen models beside it
  std::shared_ptr<Model> model;
  std::unique_ptr<Engine> engine;  ///< of the model: rollouts and evaluations ask it
  std::unique_ptr<Processor> processor;
  std::string template_text;  ///< goes with every checkpoint: a judge asks as it was trained to
  PromptTemplate prompt_template;
  NamedTensors trainable;
  LoraOptions lora;  ///< of the adapters, with use_peft
  bool trains_tower = false;
  double peak_flops = 0;  ///< a second, that perf/mfu is measured against
  std::unique_ptr<AdamW> optimizer;
  std::shared_ptr<Model> reference;    ///< frozen; null unless beta > 0 without adapters (their
                                       ///< reference is the model without them)
  std::unique_ptr<Listener> listener;  ///< null unless it is rewarded
  std::unique_ptr<PairSource> source, eval_source;
  FeatureCache reference_features;

  std::int64_t step = 0;     ///< optimizer steps taken
  std::int64_t tokens = 0;   ///< prompt and completion tokens seen, as TRL counts them
  std::uint64_t cursor = 0;  ///< next pair of the source
  Alarms alarms;
  BestCheckpoint best;
  std::vector<CollectedGroup> cycle;  ///< the groups of the present cycle of num_iterations steps

  Policy policy() const {
    return {.processor = *processor,
            .prompt_template = prompt_template,
            .sampling = config.sampling(),
            .think = config.think};
  }
  /// Forgets what was computed with the weights of before.
  void weights_changed() {
    engine->cancel_all();  // what a rollout or an evaluation that threw has left
    trains_tower ? engine->weights_changed() : engine->forget_prefixes();
  }
  /// Whether the next step samples anew.
  bool begins_cycle() const { return step % config.num_iterations == 0; }
};

/// Loads everything; continues from a checkpoint if the config says so. Throws Error before any
/// work for what is wrong.
std::unique_ptr<GrpoRun> start_grpo_run(const GrpoConfig& config);

}  // namespace juror
