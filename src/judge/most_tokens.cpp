#include "judge/most_tokens.h"

#include <algorithm>
#include <vector>

namespace juror {

std::int64_t most_tokens(const JudgeOptions& options, std::int64_t prompt_tokens) {
  const auto shown = static_cast<std::int64_t>(orders_of(options).size());
  const std::int64_t votes = options.votes_an_order(), rounds = options.votes_a_round();
  const std::int64_t most = options.sampling.max_new_tokens;
  std::int64_t tokens = prompt_tokens;  // a forward read
  if (options.thinks()) {
    tokens = (votes + rounds - 1) / rounds * prompt_tokens + votes * most;
    if (options.reads_first()) tokens += prompt_tokens;
    if (options.listener_check) tokens += votes * (prompt_tokens + most);
  }
  return shown * tokens;
}

std::int64_t most_tokens(const Judge& judge, const std::string& prompt,
                         std::span<const CandidateImage> candidates, std::size_t at_once,
                         const JudgeOptions& options) {
  std::int64_t most = 0;
  for (const CandidateImage& one : candidates) {
    const std::vector<CandidateImage> shown(at_once, one);
    const auto tokens = judge.prompt_tokens(prompt, shown, options.thinks());
    if (!tokens) return 0;
    most = std::max(most, *tokens);
  }
  return most_tokens(options, most);
}

}  // namespace juror
