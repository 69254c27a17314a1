#include "preference/rating_votes.h"

#include <algorithm>
#include <cmath>

#include "preference/decision.h"

namespace juror {

std::vector<Vote> votes_of_ratings(const std::array<std::vector<Verdict>, 2>& verdicts,
                                   double temperature) {
  std::vector<Vote> votes;
  for (std::size_t k = 0; k < std::min(verdicts[0].size(), verdicts[1].size()); ++k) {
    const Verdict &first = verdicts[0][k], &second = verdicts[1][k];
    Verdict both{.thinking = {}, .answer = first.answer + " " + second.answer};
    if (!first.thinking.empty() || !second.thinking.empty())
      both.thinking = "Image 1: " + first.thinking + "\nImage 2: " + second.thinking;
    const bool is_read = !std::isnan(first.rating) && !std::isnan(second.rating);
    if (is_read) both.p = scores_probability(first.rating, second.rating, temperature);
    both.status =
        std::isnan(first.rating) || first.status == Status::kForced ? first.status : second.status;
    votes.push_back({.swapped = false, .verdict = std::move(both)});
  }
  return votes;
}

}  // namespace juror
