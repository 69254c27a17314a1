// What the logits at a decision say: probabilities of choices, of ratings and of first places.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace juror {

/// P(first better) from the logits of the tokens "1" and "2" at the decision: their softmax. NaN if
/// a logit is NaN.
double choice_probability(double logit_first, double logit_second);

/// P(first better) = σ((first − second) / temperature); equal scores give 0.5, a tie. Throws Error
/// unless temperature > 0.
double scores_probability(double first, double second, double temperature);

/// The mean of the digits 0 … 9 under their log-probs (up to a constant; −∞ where one is out of
/// sight). logprobs: [10].
double expected_rating(std::span<const double> logprobs);

/// Of each of so many images the probability that it is the best: softmax over the log-probs of
/// the digits "1" and on; empty where all of them are out of sight. logprobs: [10], of 0 … 9.
/// Source: the first choice of a Plackett–Luce model.
std::vector<double> first_place_probabilities(std::span<const double> logprobs, std::size_t images);

/// |p − ½| > 0.49: the decision carries no doubt. Many such reads mean that thoughts already name
/// the winner.
bool is_saturated(double p);

}  // namespace juror
