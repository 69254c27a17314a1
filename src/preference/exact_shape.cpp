#include "preference/exact_shape.h"

#include <algorithm>

namespace juror {

bool has_exact_shape(std::string_view turn, const AnswerAsked& asked) {
  constexpr std::string_view kWhite = " \t\r\n", kThink = "<think>", kThinkEnd = "</think>",
                             kAnswer = "<answer>", kAnswerEnd = "</answer>",
                             kCriteria = "<criteria>", kCriteriaEnd = "</criteria>";
  const auto skip_white = [&] {
    turn.remove_prefix(std::min(turn.find_first_not_of(kWhite), turn.size()));
  };
  const ParsedAnswer parsed = parse_answer(turn, asked, Ending::kEos);
  skip_white();
  if (turn.starts_with(kThink)) {
    const std::size_t end = turn.find(kThinkEnd);
    if (end == std::string_view::npos || turn.find(kThink, 1) < end) return false;
    turn.remove_prefix(end + kThinkEnd.size());
    skip_white();
  }
  for (const std::size_t offset : parsed.criterion_offsets) {
    if (offset == kNoOffset) return false;
  }
  if (!asked.criteria.empty() && turn.starts_with(kCriteria)) {
    turn.remove_prefix(turn.find(kCriteriaEnd) + kCriteriaEnd.size());  // it was read
    skip_white();
  }
  if (parsed.status != Status::kOk || !turn.starts_with(kAnswer)) return false;
  turn.remove_prefix(turn.find(kAnswerEnd) + kAnswerEnd.size());
  skip_white();
  return turn.empty();
}

}  // namespace juror
