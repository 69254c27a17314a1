// What protocols look at: one example with what people said and what was predicted. Knows no files
// and no model.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "preference/example.h"
#include "preference/rater_agreement.h"
#include "preference/vote.h"
#include "records/comparison.h"

namespace juror {

/// One pair of an example, `first` < `second`.
struct JudgedPair {
  std::size_t first = 0, second = 0;
  double p = kUnknown;      ///< predicted P(first better); NaN when unread
  double share = kUnknown;  ///< share of people who prefer the first; NaN without a label
};

/// One example. `ranks`: lower is better; `scores`: higher is better; each one an image.
struct JudgedExample {
  std::size_t prompt = 0;  ///< examples with the same prompt text have the same number
  std::vector<double> ranks = {};
  std::vector<double> scores = {};
  std::vector<JudgedPair> pairs = {};
};

/// The consensus rank of each image (the mean over annotators where there is none).
std::vector<double> consensus_ranks(const PreferenceExample& example);

/// What people say of a pair: 1 the first is better, −1 the second, 0 a tie.
int human_choice(const JudgedExample& example, const JudgedPair& pair);

/// What was predicted: 1, −1, or 0 when p is even or |p − ½| < tie_band. NaN decides nothing and is
/// 0 too: ask is_read.
int predicted_choice(double p, double tie_band = 0);
bool is_read(const JudgedPair& pair);

/// All pairs i < j of n images, without a prediction, with the vote shares of `example`.
std::vector<JudgedPair> all_pairs(const PreferenceExample& example);

/// Strengths from the pairs' p by regularised Bradley–Terry; unread pairs say nothing.
std::vector<double> strengths_of(std::size_t images, const std::vector<JudgedPair>& pairs);

/// An example of a journal as protocols see it. `prompt` numbers the prompt; `whole_order`: with
/// the strengths of the images.
JudgedExample judged(const std::vector<double>& ranks, const std::vector<EvalPair>& pairs,
                     std::size_t prompt, bool whole_order);

/// `example` with every p after the temperature (preference/calibration.h); `scores` stay.
JudgedExample with_temperature(JudgedExample example, double temperature);

/// `example` as somebody with these scores would judge it: p = σ(score_first − score_second). A
/// score that is NaN leaves its pairs unread.
JudgedExample judged_by_scores(JudgedExample example, std::vector<double> scores);

}  // namespace juror
