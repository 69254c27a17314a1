#include "eval/calibrate.h"

#include <cmath>
#include <set>

#include "base/error.h"

namespace juror {
namespace {

/// The readable pairs with a label; `lead` and `human` belong to the predictions.
struct Readable {
  std::vector<Prediction> predictions;
  std::vector<int> human;
};

Readable readable_pairs(const EvalJournal& journal) {
  Readable readable;
  for (const FinishedExample& example : journal.examples) {
    const JudgedExample seen = judged(example.ranks, example.pairs, 0, false);
    for (const JudgedPair& pair : seen.pairs) {
      if (!is_read(pair) || std::isnan(pair.share)) continue;
      readable.predictions.push_back({pair.p, pair.share});
      readable.human.push_back(human_choice(seen, pair));
    }
  }
  return readable;
}

}  // namespace

CalibrationFile fit_calibration(const EvalJournal& journal, const Protocol& protocol) {
  Readable readable = readable_pairs(journal);
  require(!readable.predictions.empty(),
          "The journal holds no pair that has a label and could be read: nothing can be fitted.");
  std::set<std::uint64_t> prompts;
  for (const FinishedExample& example : journal.examples) prompts.insert(example.prompt);

  CalibrationFile file{.protocol = protocol.name,
                       .model = journal.header.value("model", ""),
                       .model_hash = journal.header.value("model_hash", ""),
                       .pairs = static_cast<std::int64_t>(readable.predictions.size()),
                       .prompts = static_cast<std::int64_t>(prompts.size())};
  file.brier_before = brier_score(readable.predictions);
  file.calibration.temperature = fit_temperature(readable.predictions);
  const double half =
      protocol.name == "pickapic" ? 0.5 : 0.0;  // for a tie that one side alone calls
  std::vector<TieChoice> choices;
  for (std::size_t i = 0; i < readable.predictions.size(); ++i) {
    double& p = readable.predictions[i].p;
    p = tempered(p, file.calibration.temperature);
    const int human = readable.human[i];
    choices.push_back({.lead = std::abs(p - 0.5),
                       .if_decided = human == 0 ? half : (predicted_choice(p) == human ? 1.0 : 0.0),
                       .if_tie = human == 0 ? 1 : half});
  }
  file.brier_after = brier_score(readable.predictions);
  file.calibration.tie_band = fit_tie_band(std::move(choices));
  return file;
}

}  // namespace juror
