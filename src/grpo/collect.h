// From pairs of images to groups of completions that have been read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "grpo/group.h"
#include "grpo/policy_pass.h"
#include "grpo/prefilled_prompts.h"
#include "judge/engine/verdict_parser.h"
#include "train/pair_source.h"

namespace juror {

/// How the policy is asked.
struct Policy {
  const Processor& processor;
  const PromptTemplate& prompt_template;
  SamplingOptions sampling;
  bool think = true;
};

struct CollectOptions {
  std::int64_t num_generations = 8;  ///< G
  bool both_orders = false;          ///< half of a group sees the pair swapped
  std::uint64_t seed = 0, step = 0;  ///< name the randomness, with the pair's index
};

/// A pair and what the model said of it.
struct CollectedGroup {
  TrainingPair pair;
  std::uint64_t index = 0;              ///< of the pair in its source
  Group group;                          ///< rewards and advantages not yet filled in
  std::vector<ParsedCompletion> reads;  // [G]
  std::vector<bool> swapped;            // [G]
  std::vector<double> listener_ps;  // [G] of a listener (NaN: it could not read), empty without one
  std::vector<std::vector<double>> rewards;  // [reward][G], unweighted, once scored
  std::vector<double> reward;                // [G], weighted sum, once scored
};

/// The groups alone, as passes take them.
std::vector<Group> groups_of(const std::vector<CollectedGroup>& collected);

/// The prompts of a pair (or list) as a group without completions: one order, or both.
Group pair_group(const Policy& policy, const TrainingPair& pair, bool both_orders);

/// Asks an engine for the completions of groups, and parses what it answers.
class GroupSampler {
 public:
  /// `policy` and what it refers to must outlive the sampler.
  GroupSampler(const Model& model, const Policy& policy, const CollectOptions& options);

  /// `num_generations` completions of a group that has its pair, index and prompts: one request an
  /// order shown. `prefixes`: of its prompts, if they are prefilled already; else empty.
  std::vector<Request> requests(CollectedGroup& one, std::span<const Prefix> prefixes = {}) const;
  /// Fills in what the engine answered to those requests. Throws Error if one failed.
  void parse(std::vector<Result> results, CollectedGroup& one) const;

 private:
  CollectOptions options_;
  VerdictParser parser_;
  DecodeOptions decoding_;
};

/// Samples and parses the completions of all groups behind their prefilled `prompts`. A run stops
/// between steps, so it goes to its end.
void sample_completions(Engine& engine, const Policy& policy, const CollectOptions& options,
                        const PrefilledPrompts& prompts, std::vector<CollectedGroup>& collected);

}  // namespace juror
