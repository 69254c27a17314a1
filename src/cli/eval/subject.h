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
  LoadedJudge loaded;  ///< its judge is null for a linear scorer; `judge` refers to it
  std::unique_ptr<PairJudge> judge;
  std::string name;            ///< as the journal has it
  std::filesystem::path path;  ///< the model's folder, or the scorer's file; empty for a server
  std::string hash;            ///< of the weights; empty for a server
  std::string prompt_hash;     ///< of what the prompt template says; empty for a linear scorer
};

/// The server of `--judge-url`, or what `--model` names: "linear" or a .json file is a linear
/// scorer, all else a model folder or its name, loaded by `engine`.
EvalSubject load_subject(const EvalOptions& options, JudgeLoader engine, Context& context);

/// What --dry-run says: examples and comparisons of the data set, and the tokens if all pairs were
/// as the first.
int print_eval_plan(const EvalOptions& options, const EvalSubject& subject, Context& context);

/// The header of the journal: everything that decides what stands in it, and how its p are read.
nlohmann::ordered_json journal_header(const EvalOptions& options, const EvalSubject& subject,
                                      const Calibration& calibration, std::int64_t seed);

}  // namespace juror
