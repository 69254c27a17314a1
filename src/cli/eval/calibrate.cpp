// juror eval calibrate: a temperature and a tie band from the journal of a validation split.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/model_folder.h"
#include "cli/commands.h"
#include "eval/calibrate.h"

namespace juror {
namespace {

struct EvalCalibrateOptions {
  std::string journal;
  std::string to;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("JOURNAL", journal,
             "Folder of an evaluation on data that is not tested on, or its journal.jsonl");
  }
  template <class Field>
  void fields(Field&& field) {
    field("to", to,
          "File to write; empty: calibration.json beside the journal; model: in the model's "
          "folder, where rank, compare "
          "and eval find it by themselves");
  }
};

std::filesystem::path target(const EvalCalibrateOptions& options, const CalibrationFile& file) {
  if (options.to == "model") return find_model(file.model) / kCalibrationName;
  if (!options.to.empty()) return options.to;
  return journal_file(options.journal).parent_path() / kCalibrationName;
}

int eval_calibrate(EvalCalibrateOptions& options, Context& context) {
  const EvalJournal journal = read_journal(options.journal);
  const CalibrationFile file =
      fit_calibration(journal, find_protocol(journal.header.value("protocol", "")));
  const std::filesystem::path path = target(options, file);
  nlohmann::ordered_json json = {{"schema", 1}};
  json.update(file.json());
  write_file_atomic(path, json.dump(2) + "\n");
  if (context.out.json()) {
    json["file"] = path.string();
    context.out.print_json(json);
  } else {
    context.out.print(
        fmt::format("temperature {:.3f}, tie band {:.3f}; Brier {:.4f} before and {:.4f} after, on "
                    "the {} pairs of {} prompts "
                    "it was fitted on\n{}\n",
                    file.calibration.temperature, file.calibration.tie_band, file.brier_before,
                    file.brier_after, file.pairs, file.prompts, path.string()));
  }
  return kExitOk;
}

}  // namespace

Command eval_calibrate_command() {
  return make_command<EvalCalibrateOptions>(
      {.name = "eval calibrate",
       .summary = "Fit a judge's temperature and tie band on a validation split",
       .examples = {{"juror eval DATA --split validation --protocol pickapic --output-dir runs/val",
                     "first: a journal"},
                    {"juror eval calibrate runs/val", "then: runs/val/calibration.json"},
                    {"juror eval DATA --split test --protocol pickapic --calibration "
                     "runs/val/calibration.json",
                     "and: use it"}}},
      eval_calibrate);
}

}  // namespace juror
