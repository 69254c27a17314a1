// What --dry-run says of judging: counts of comparisons, votes and tokens, and what they cost here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/command.h"
#include "judge/judge.h"

namespace juror {

/// What votes are asked for, for estimates.
struct VotingPlan {
  double prompts = 0, prompt_tokens = 0;  ///< both orders counted
  double completion_tokens = 0;           ///< at most
  double orders = 2;                      ///< of a pair
  std::int64_t rows = 0, row_tokens = 0;  ///< decoded together, and most tokens of each
};

struct VotingCost {
  double seconds = 0, cache_bytes = 0;  ///< at most
};

/// On this machine.
using CostOfVoting = std::function<VotingCost(const VotingPlan&)>;

/// What is to be judged.
struct PlannedWork {
  std::string units;  ///< what is counted: "images"
  std::int64_t count = 0, comparisons = 0;
  std::optional<std::int64_t>
      pair_tokens;    ///< of one order of all pairs; none where nobody can say
  bool votes = true;  ///< false: a scorer, which gives its p without a vote
};

/// Prints comparisons, completions and tokens, time and memory (`cost` may be null), and what would
/// be shorter; as text, as JSON, or as one row.
int print_plan(const PlannedWork& work, const JudgeOptions& options, const CostOfVoting& cost,
               Context& context);

}  // namespace juror
