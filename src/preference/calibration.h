// Making probabilities honest: a temperature and a tie band fitted on a validation split, and what
// a judge scores when it may abstain. Pure functions; the file they are kept in belongs to `judge`.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "preference/agreement.h"

namespace juror {

/// How the p of a pair is read. The default changes nothing.
struct Calibration {
  double temperature = 1;
  double tie_band = 0;  ///< |p − ½| below it, after the temperature, is a tie
};

/// σ(logit(p) / temperature): above 1 towards ½, below 1 away from it; 0, ½ and 1 stay, NaN stays
/// NaN. temperature > 0.
double tempered(double p, double temperature);

/// The temperature, 0.01 … 100, with the least cross-entropy Σ −[o·log p' + (1−o)·log(1−p')] to the
/// outcomes o, which may be vote shares. p of 0 and 1 count as 1e-6 and 1 − 1e-6, so that one sure
/// mistake does not decide alone. Throws Error without predictions, or when a p or outcome is
/// outside 0 … 1. Source: Guo et al. 2017 (arXiv 1706.04599).
double fit_temperature(std::span<const Prediction> predictions);

/// What a pair earns when it is decided and when it is called a tie; `lead` is |p − ½|.
struct TieChoice {
  double lead = 0;
  double if_decided = 0;
  double if_tie = 0;
};

/// The tie band with the highest total; of equally good ones the smallest. Leads below the band are
/// ties, so it lies halfway between two leads that were seen, or is 0 (no ties), or ½ (ties only).
/// Throws Error without pairs or with a lead outside 0 … ½. Source: Deutsch et al. 2023 (arXiv
/// 2305.14324), tie calibration.
double fit_tie_band(std::vector<TieChoice> choices);

/// One point of accuracy against coverage.
struct CoveragePoint {
  double coverage = 1;    ///< share of all pairs that are answered, the surest first
  double accuracy = 0;    ///< of those
  double confidence = 0;  ///< least |p − ½| among them
};

/// How sure a judgement was, and whether it was right (0 … 1).
struct Judgement {
  double lead = 0;
  double right = 0;
};

/// Accuracy at coverages 1/points, 2/points … of all pairs: those judged and `unread` more, which
/// are never answered, so that the curve ends where the readable pairs do. Pairs of the same lead
/// stand or fall together: they count by their mean, so that the order of the data does not matter.
/// Empty without judgements.
std::vector<CoveragePoint> accuracy_by_coverage(std::vector<Judgement> judgements,
                                                std::int64_t unread, std::int64_t points = 20);

}  // namespace juror
