// What a comparison can take at most, before it is asked: the ways of judge.cpp, followed to their
// longest end.
#include <algorithm>

#include "judge/judge.h"

namespace juror {

std::int64_t Judge::most_tokens(const std::string& prompt, std::span<const CandidateImage> shown,
                                const JudgeOptions& options) {
  if (is_rating_) {  // each is asked by itself, in no order
    std::int64_t tokens = 0;
    for (std::size_t i = 0; i < shown.size(); ++i)
      tokens += most_of_question(prompt, shown.subspan(i, 1), options);
    return tokens;
  }
  const auto orders = static_cast<std::int64_t>(orders_of(options).size());
  return orders * most_of_question(prompt, shown, options);
}

/// Of all rounds of one order.
std::int64_t Judge::most_of_question(const std::string& prompt,
                                     std::span<const CandidateImage> shown,
                                     const JudgeOptions& options) {
  const auto most = [&](Opening opening, std::int64_t first_vote, std::int64_t votes) {
    Question question = make_question(template_, prompt, shown, opening);
    question.votes = votes;
    question.first_vote = first_vote;
    question.seed = options.seed;
    question.sampling = options.sampling;
    return std::pair(voter_->most_tokens(question), question.immediate);
  };
  const auto [read, is_immediate] = most(Opening::kAnswer, 0, 1);
  if (!options.thinks() && is_immediate) return read;
  const Opening opening = options.thinks() ? Opening::kThink : Opening::kAnswer;
  const std::int64_t votes = options.votes_an_order(), round = options.votes_a_round();
  std::int64_t tokens = 0;
  for (std::int64_t asked = 0; asked < votes; asked += round)
    tokens += most(opening, asked, std::min(round, votes - asked)).first;
  if (options.reads_first()) tokens += read;
  if (options.listener_check) {  // the thought again, in front of its answer
    const std::int64_t around = std::ssize(template_.think_opening + "</think>");  // in bytes
    tokens += votes * (read + options.sampling.max_new_tokens + around);
  }
  return tokens;
}

}  // namespace juror
