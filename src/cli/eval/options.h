// The options of `juror eval`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/judge/judging.h"
#include "data/dataset.h"

namespace juror {

struct EvalOptions : JudgingOptions {
  std::string data;
  DatasetOptions dataset;
  std::string protocol = "pairs";
  std::int64_t budget = 0;
  bool baselines = false;
  std::string linear;
  std::vector<std::string> scores;
  std::string output_dir;
  bool resume = false;
  double min_accuracy = 0;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("DATA", data, "Data set: a folder or file, see docs/data.md");
  }
  template <class Field>
  void fields(Field&& field) {
    field("protocol", protocol, "Official protocol by which it is scored",
          OneOf{{"imagereward", "hpdv2", "hpdv3", "pickapic", "pairs", "opinion"}});
    field("budget", budget, "Most comparisons a prompt, drawn by the seed; 0: all pairs",
          Range{0, 1e6});
    field(
        "baselines", baselines,
        "Also print what people score, what order and generators give away, and the linear scorer");
    field("linear", linear,
          "A linear scorer (juror train linear) as another row; --baselines takes the one that "
          "ships");
    field("scores", scores,
          "Scores of images by any scorer as another row: a JSONL file, see docs/formats.md");
    field("output_dir", output_dir,
          "Folder of journal.jsonl and summary.json; empty: a new one in runs/eval");
    field("resume", resume,
          "Continue the journal in the output folder (without one: the latest for this data and "
          "model)");
    field("min_accuracy", min_accuracy,
          "Exit with 6 when the model's headline number is below this", Range{0.0, 1.0});
    dataset.fields(field);
    dataset.image.fields(field);
    JudgingOptions::fields(field);
  }

  /// Whether `--model` names a scorer of images in a JSON file.
  bool is_linear() const {
    return model == "linear" || std::filesystem::path(model).extension() == ".json";
  }
  bool needs_engine() const { return !asks_a_server() && !is_linear(); }
};

/// The folder to write: as asked for, else runs/eval/DATA-PROTOCOL-MODEL (`model`: as records name
/// it) with -2, -3 … behind where that exists; with `resume` the last of them that exists. Throws
/// Error when there is nothing to resume.
std::filesystem::path eval_folder(const EvalOptions& options, const std::string& model);

}  // namespace juror
