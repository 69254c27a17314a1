// The protocols by which data sets are scored: a table of pure functions. Two numbers of one name
// by two protocols are not the same number. To add one: a function in protocols.cpp and its row.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/judged.h"

namespace juror {

/// One number of a protocol. `by_example`: the mean over examples of each example's own mean; else
/// every value counts the same.
struct Metric {
  std::string name;
  bool by_example = false;
};

/// The values (1 right, 0 wrong, ½ half a point) of one example, one list a metric; a list may be
/// empty.
using Scores = std::vector<std::vector<double>>;

struct Protocol {
  std::string name;
  std::string title;              ///< one line for tables
  std::vector<Metric> metrics;    ///< the first is the headline
  bool ranks_from_votes = false;  ///< people's order is the mean over annotators, not the consensus
  /// Looks at the order of all images: fewer pairs are no official number.
  bool whole_order = false;
  /// Asks for images with mean ratings; intervals are over images, and eval/opinion.h has the rest.
  bool of_ratings = false;
  /// tie_band: |p − ½| below it is a predicted tie, where the protocol knows ties.
  Scores (*score)(const JudgedExample& example, double tie_band) = nullptr;
};

std::span<const Protocol> protocols();

/// The row of that name. Throws Error with the names there are.
const Protocol& find_protocol(std::string_view name);

/// Untied pairs; a predicted tie, an even p and an unread pair are wrong. micro: over pairs; macro:
/// mean over examples. Source: ImageReward's test.py (micro) and HPSv2's evaluation of
/// ImageReward's set (macro).
Scores score_imagereward(const JudgedExample& example, double tie_band);

/// All pairs by the order of `scores`: 1, or 0 for an inversion; an example's mean is 1 −
/// inversions / C(n, 2). A human tie is never an inversion; a predicted tie of an untied pair is,
/// which is stricter than the source: there a tie on either side is none, so that a judge of equal
/// scores were perfect. Without predicted ties both are equal. Mean over examples (official) and
/// over pairs. Source: HPSv2's inversion_score.
Scores score_hpdv2(const JudgedExample& example, double tie_band);

/// Untied pairs, strictly: right only if the preferred image has more than half of p.
Scores score_hpdv3(const JudgedExample& example, double tie_band);

/// All pairs: 1 when prediction and people agree (a tie with a tie), ½ when exactly one of them is
/// a tie, else 0. An unread pair is 0. Source: Pick-a-Pic (arXiv 2305.01569), appendix.
Scores score_pickapic(const JudgedExample& example, double tie_band);

/// without ties: as score_hpdv3. with ties: all pairs, right if prediction and people agree on one
/// of three outcomes.
Scores score_pairs(const JudgedExample& example, double tie_band);

/// As score_hpdv3, on pairs of rated images: right if the image of the higher mean has more than
/// half of p. By difference and with correlations: eval/opinion.h.
Scores score_opinion(const JudgedExample& example, double tie_band);

/// 1 − inversions / pairs. scores: higher is better; ranks: lower is better. Throws Error unless
/// both have one length ≥ 2.
double hpdv2_agreement(const std::vector<double>& scores, const std::vector<double>& ranks);

}  // namespace juror
