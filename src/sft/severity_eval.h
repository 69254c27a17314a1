// How well the vision tower sees: the severity head on synthetic pictures of photos it was not
// trained on.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "data/photos.h"
#include "image/patches.h"
#include "judge/template.h"
#include "model/model.h"
#include "sft/severity_head.h"
#include "synth/pairs.h"

namespace juror {

struct SeverityReport {
  std::array<double, kSeverities> r2{};  ///< share of the variance explained, by defect
  /// Pairs ordered rightly by predicted quality (all pairs with Δq ≠ 0).
  double same_photo_accuracy = 0;
  double same_photo_clear = 0;  ///< of those with |Δq| > 2.2
  std::int64_t pairs = 0;

  nlohmann::ordered_json metrics(std::int64_t step) const;
  std::string line(std::int64_t step) const;
};

/// Evaluates on `pairs` same-photo pairs of a fixed seed.
SeverityReport evaluate_severities(const Model& model, const SeverityHead& head,
                                   const PhotoSet& photos, SynthOptions options,
                                   const PromptTemplate& prompt_template,
                                   const PatchOptions& patches, std::int64_t pairs = 300);

}  // namespace juror
