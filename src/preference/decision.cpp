#include "preference/decision.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "preference/logistic.h"

namespace juror {

double choice_probability(double logit_first, double logit_second) {
  require_model(
      !std::isnan(logit_first) && !std::isnan(logit_second),
      "The model's logits at the answer are not numbers (NaN): its weights are damaged, or "
      "too large for this compute type (--dtype float32).");
  return logistic(logit_first - logit_second);
}

double scores_probability(double first, double second, double temperature) {
  require(temperature > 0, "The temperature of scores is {}. Give a number above 0.", temperature);
  return logistic((first - second) / temperature);
}

double expected_rating(std::span<const double> logprobs) {
  const auto [terms, mass] = softmax_terms(logprobs);
  double sum = 0;
  for (std::size_t digit = 0; digit < terms.size(); ++digit)
    sum += terms[digit] * static_cast<double>(digit);
  return sum / mass;
}

std::vector<double> first_place_probabilities(std::span<const double> logprobs,
                                              std::size_t images) {
  const auto of_images = logprobs.subspan(1, images);
  if (std::isinf(*std::max_element(of_images.begin(), of_images.end()))) return {};
  auto [terms, mass] = softmax_terms(of_images);
  for (double& term : terms) term /= mass;
  return terms;
}

bool is_saturated(double p) { return std::abs(p - 0.5) > 0.49; }

}  // namespace juror
