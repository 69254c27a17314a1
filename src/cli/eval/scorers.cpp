#include "cli/eval/scorers.h"

#include <fmt/format.h>

namespace juror {

namespace fs = std::filesystem;

ScoresFiles load_scores(const EvalOptions& options, Context& context) {
  ScoresFiles files;
  DatasetOptions quiet = options.dataset;  // the reader that judges tells
  quiet.tells = false;
  for (const std::string& file : options.scores) {
    files.push_back(std::make_shared<const ScoresFile>(file));
    const ScoresCoverage coverage = cover(*open_dataset(options.data, quiet), *files.back());
    if (coverage.scored == coverage.examples) continue;
    context.terminal.say(
        LogLevel::kWarning,
        fmt::format("'{}' scores all images of {} of {} examples; pairs without both scores count "
                    "as wrong.",
                    file, coverage.scored, coverage.examples));
  }
  return files;
}

bool add_linear(const EvalOptions& options, EvalResults& results, Context& context) {
  const bool is_wanted = options.baselines && options.model != "linear";
  fs::path linear = options.linear;
  if (linear.empty() && is_wanted) linear = shipped_linear_scorer();
  if (linear.empty() && is_wanted)
    context.terminal.say(LogLevel::kInfo,
                         "No linear.json beside mini: no row of the linear scorer.");
  if (linear.empty()) return false;
  results.add_scorer(fmt::format("linear ({})", linear.filename().string()),
                     [scorer = load_linear_scorer(linear)](const DatasetRow&, LazyImages& images) {
                       std::vector<double> scores;
                       for (const Image& image : images.get())
                         scores.push_back(scorer.score(image_statistics(image)));
                       return scores;
                     });
  return true;
}

void add_scores(const ScoresFiles& files, EvalResults& results) {
  for (const auto& scores : files) {
    results.add_scorer(
        fs::path(scores->file()).filename().string(),
        [scores](const DatasetRow& row, LazyImages&) { return scores->scores_of(row.example); });
  }
}

}  // namespace juror
