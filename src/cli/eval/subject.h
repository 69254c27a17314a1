// What `juror eval` measures: a vision-language model, or a linear scorer.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "cli/eval/options.h"
#include "eval/evaluate.h"
#include "preference/calibration.h"

namespace juror {

struct EvalSubject {
  std::unique_ptr<Judge> model;  ///< null for a linear scorer; `judge` refers to it
  PairJudge judge;
  std::filesystem::path path;  ///< the model's folder, or the scorer's file
  std::string hash;            ///< of the weights
  std::string prompt_hash;     ///< of what the prompt template says; empty for a linear scorer
};

/// Loads `--model`: "linear" or a .json file is a linear scorer, all else a model folder or its
/// name.
EvalSubject load_subject(const EvalOptions& options, Context& context);

/// What --dry-run says: examples and comparisons of the data set, and the tokens if all pairs were
/// as the first.
int print_eval_plan(const EvalOptions& options, const EvalSubject& subject, Context& context);

/// The header of the journal: everything that decides what stands in it, and how its p are read.
nlohmann::ordered_json journal_header(const EvalOptions& options, const EvalSubject& subject,
                                      const Calibration& calibration, std::int64_t seed);

}  // namespace juror
