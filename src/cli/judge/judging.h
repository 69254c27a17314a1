// What `compare` and `rank` share: finding the model, reading pictures, and showing comparisons.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/options.h"
#include "cli/command.h"
#include "image/options.h"
#include "judge/judge.h"
#include "preference/calibration.h"

namespace juror {

/// Options of every command that judges.
struct JudgingOptions {
  std::string model = "mini";
  std::string prompt_template;
  std::string dtype = "auto";
  std::string calibration = "auto";
  bool dry_run = false;
  JudgeOptions judge;

  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
    field("prompt_template", prompt_template,
          "Prompt template: a file, or a name in prompts/; empty: the model's own");
    field("dtype", dtype, "Compute type", OneOf{{"auto", "float32", "bfloat16"}});
    field("calibration", calibration,
          "Temperature and tie band (juror eval calibrate): auto takes calibration.json in the "
          "model's folder; none; or a file");
    field("dry_run", dry_run, "Say what would be done, and stop");
    judge.fields(field);
  }
};

/// Pictures that could be read, and what was wrong with the others.
struct Pictures {
  std::vector<std::string> paths;  ///< of the candidates
  std::vector<Candidate> candidates;
  std::vector<std::pair<std::string, std::string>> failures;  ///< path, reason
};

/// Throws Error when the prompt is the name of a file: it was forgotten, and a picture stands in
/// its place.
void require_prompt_first(const std::string& prompt, const std::string& command);

/// A warning where a prompt is given and the template has no place for it.
void warn_of_ignored_prompt(const Judge& judge, const std::string& prompt, Context& context);

Judge load_judge(const JudgingOptions& options, Context& context);

/// What `--calibration` means for this model; said where it changes anything. Of a ranking it
/// changes the pairs' p and ties; strengths are fitted on the votes as they came.
Calibration find_calibration(const JudgingOptions& options, Context& context);

/// Reads and prepares every picture; one that cannot be read is named in a warning and in
/// `failures`.
Pictures read_pictures(const Judge& judge, const std::vector<std::string>& paths,
                       const ImageOptions& image, Context& context);

/// One comparison in the shape of the journal: pair, p, votes with order, thinking, answer, p and
/// status.
nlohmann::ordered_json comparison_json(const Comparison& comparison);

/// Floating-point operations a second of a square product in fp32, measured on the spot.
double measured_flops();

/// Comparisons, tokens, time and memory that `pairs` would take, as text or JSON. The time follows
/// from the tokens and the speed of a matrix product measured on the spot.
int print_estimate(const Judge& judge, const JudgingOptions& options, const std::string& prompt,
                   const Pictures& pictures, const std::vector<PairIndex>& pairs, Context& context);

}  // namespace juror
