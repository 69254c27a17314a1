// How well the severity head says what people think: its mean opinions of photos that it was not
// trained on.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include <span>
#include <vector>

#include "image/patches.h"
#include "judge/engine/prompt.h"
#include "judge/template.h"
#include "model/model.h"
#include "sft/rated_photos.h"

namespace juror {

struct OpinionReport {
  double srocc = 0;      ///< Spearman's correlation with the mean ratings
  double pairs = 0;      ///< share of all pairs with different means that are ordered rightly
  double far_pairs = 0;  ///< of those whose means differ by more than a fifth of the scale
  std::int64_t photos = 0;

  nlohmann::ordered_json metrics(std::int64_t step) const;
  std::string line(std::int64_t step) const;
};

/// The report of what was said of photos whose means are on a scale of 0 … 1.
OpinionReport opinion_report(std::span<const double> said, std::span<const double> means);

/// Reads every photo once, whole.
OpinionReport evaluate_opinions(const Model& model, const SeverityHead& head,
                                const RatedPhotos& photos, const PromptTemplate& prompt_template,
                                const PatchOptions& patches);

/// What the head reads from candidates. Returns [candidates, kHeadOutputs] on the host, without
/// gradients.
Tensor read_candidates(const Model& model, const SeverityHead& head,
                       const std::vector<Candidate>& candidates);

}  // namespace juror
