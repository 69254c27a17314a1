// What a run of supervised training holds, opened before its first step. Private to train_sft.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "judge/template.h"
#include "sft/opinion_source.h"
#include "sft/options.h"
#include "sft/severity_head.h"
#include "sft/source.h"
#include "sft/teacher.h"
#include "train/run_folder.h"

namespace juror {

/// All that a run holds between steps.
struct SftRun {
  const SftOptions& options;
  RunFolder folder;
  std::filesystem::path model_folder;  ///< where tokenizer and the other side files are
  Compute compute;
  std::unique_ptr<Model> model;
  LoraOptions lora;  ///< of the adapters, with use_peft
  PromptTemplate prompt_template;
  std::string template_text;  ///< goes with every checkpoint: a judge asks as it was trained to
  std::unique_ptr<Processor> processor;
  std::shared_ptr<const PhotoSet> photos;  ///< null where a file of conversations is learnt
  SeverityHead head;
  std::unique_ptr<Teacher> teacher;                  ///< null: none
  std::shared_ptr<const RatedPhotos> rated, judged;  ///< to train on, to validate on; null: none
  std::vector<Degradation> seen;  ///< severities of `rated` that thoughts may state
  std::unique_ptr<AdamW> optimizer;
  std::int64_t step = 0;
  std::int64_t tokens = 0;
};

/// Opens everything and writes down what the run began with. Throws Error for what is wrong before
/// the first step.
SftRun start_sft_run(const SftOptions& options);

/// The samples that the options ask for.
std::unique_ptr<SftSource> open_source(const SftRun& run);

}  // namespace juror
