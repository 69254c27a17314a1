// What --dry-run says of judging: counts of comparisons, votes and tokens, and what they cost here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "judge/judge.h"

namespace juror {

/// What votes are asked for, for estimates.
struct VotingPlan {
  double prompts = 0, prompt_tokens = 0;  ///< both orders counted
  double pictures = 0;                    ///< candidates
  double completions = 0;
  std::int64_t row_tokens = 0;  ///< of a completion, at most
};

/// At most, on this machine.
struct VotingCost {
  double vision_s = 0, prompts_s = 0, completions_s = 0;
  double weights = 0, pictures = 0, caches = 0, activations = 0;  ///< bytes
  double peak = 0;     ///< of them: not all are held at once
  double machine = 0;  ///< bytes that it has; 0: unknown
  std::string dtype, device;
  std::vector<std::string> would_fit;  ///< what would, where this does not

  double seconds() const { return vision_s + prompts_s + completions_s; }
  bool fits() const { return machine <= 0 || peak <= machine; }
};

/// On this machine.
using CostOfVoting = std::function<VotingCost(const VotingPlan&)>;

/// What is to be judged.
struct PlannedWork {
  std::string units;  ///< what is counted: "images"
  std::int64_t count = 0, comparisons = 0;
  std::int64_t pictures = 0;  ///< candidates in all
  std::optional<std::int64_t>
      pair_tokens;    ///< of one order of all pairs; none where nobody can say
  bool votes = true;  ///< false: a scorer, which gives its p without a vote
};

/// Prints comparisons, completions and tokens, time by phase and memory by what takes it (`cost`
/// may be null), and what would be shorter; as text, as JSON, or as one row.
int print_plan(const PlannedWork& work, const JudgeOptions& options, const CostOfVoting& cost,
               Context& context);

}  // namespace juror
