#include "judge/read_decision.h"

#include <algorithm>
#include <cmath>

#include "preference/decision.h"

namespace juror {

Verdict read_decision(const AnswerShape& shape, std::span<const double> logprobs) {
  Verdict verdict{.thinking = {}, .answer = {}, .status = Status::kOk};
  if (!decides_by_digits(shape.format)) {
    verdict.p = choice_probability(logprobs[0], logprobs[1]);
    verdict.answer = logprobs[0] >= logprobs[1] ? "1" : "2";
    return verdict;
  }
  for (const double logprob : logprobs)  // damaged weights are told as for a choice
    choice_probability(logprob, 0);
  if (shape.format == AnswerFormat::kRating) {
    verdict.rating = expected_rating(logprobs);
    verdict.answer = std::to_string(std::lround(verdict.rating));
    return verdict;
  }
  verdict.first_place = first_place_probabilities(logprobs, shape.images);
  if (verdict.first_place.empty()) return {};
  for (std::size_t i = 0; i < shape.images; ++i) verdict.ranking.push_back(i);
  std::stable_sort(verdict.ranking.begin(), verdict.ranking.end(),
                   [&](std::size_t a, std::size_t b) {
                     return verdict.first_place[a] > verdict.first_place[b];
                   });
  for (const std::size_t image : verdict.ranking)
    verdict.answer += (verdict.answer.empty() ? "" : " > ") + std::to_string(image + 1);
  verdict.p = verdict.first_place.front();
  return verdict;
}

}  // namespace juror
