// HPDv2's protocol: per prompt the share of pairs in which the predicted order agrees with the mean of the annotators'
// ranks, human ties counting as agreement; then the mean over prompts.
#pragma once

#include <string>
#include <vector>

#include "preference/agreement.h"
#include "preference/example.h"

namespace juror {

/// Mean rank of each image over the annotators (the consensus where there are none). Lower is better.
std::vector<double> mean_ranks(const PreferenceExample& example);

/// 1 − inversions / pairs. scores: higher is better, one an image; a tied prediction of a pair that people did not tie is an
/// inversion. ranks: lower is better.
double hpdv2_agreement(const std::vector<double>& scores, const std::vector<double>& ranks);

/// One row of the table.
struct ProtocolRow {
  std::string name;
  double accuracy = 0;
  Interval interval;  ///< bootstrap over prompts
};

/// The mean over prompts with its interval.
ProtocolRow mean_over_prompts(const std::string& name, const std::vector<double>& by_prompt);

/// What people themselves score, and what the order in the file gives away: each annotator against the mean of all,
/// annotators against each other, always the earlier image.
std::vector<ProtocolRow> hpdv2_baselines(const std::vector<PreferenceExample>& examples);

/// Pairs in all, and pairs that tie in the mean rank.
struct PairCounts {
  std::int64_t pairs = 0, ties = 0;
};
PairCounts count_pairs(const std::vector<PreferenceExample>& examples);

}  // namespace juror
