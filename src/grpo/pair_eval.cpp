#include "grpo/pair_eval.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "preference/vote.h"

namespace juror {
namespace {

/// Sums over pairs.
struct Tally {
  double right = 0, squares = 0, flips = 0, unread = 0, tokens = 0, completions = 0;
  std::int64_t pairs = 0, read = 0, matched = 0;

  void add(const CollectedGroup& one) {
    std::vector<Vote> votes;
    for (std::size_t k = 0; k < one.reads.size(); ++k) {
      votes.push_back({.swapped = one.swapped[k], .verdict = one.reads[k].verdict});
      tokens += static_cast<double>(one.group.samples[k].token_ids.size());
      unread += std::isnan(one.reads[k].verdict.p);
      ++completions;
    }
    const PairResult result = fold_votes(votes);
    const double share = one.pair.vote_share.value_or(0.5);
    if (!std::isnan(result.flip_rate)) {
      flips += result.flip_rate;
      ++matched;
    }
    if (!std::isnan(result.p)) {
      squares += (result.p - share) * (result.p - share);
      ++read;
    }
    if (share == 0.5) return;
    ++pairs;
    if (std::isnan(result.p)) return;  // unread is wrong
    right += result.p == 0.5 ? 0.5 : (result.p > 0.5) == (share > 0.5);
  }
};

/// One thought an order of each pair.
void judge(const Policy& policy, std::int64_t batch_rows, FeatureCache& features,
           std::vector<CollectedGroup>& collected) {
  if (collected.empty()) return;
  std::vector<const ModelInput*> prompts;
  ReadPrompts read;
  for (CollectedGroup& one : collected) {
    one.group = pair_group(policy, one.pair, /*both_orders=*/true);
    read.first.push_back(prompts.size());
    for (const ModelInput& prompt : one.group.prompts) prompts.push_back(&prompt);
  }
  read.prefixes =
      prefill(policy.model, prompts, frozen_features(policy.model, images_of(prompts), features));
  sample_completions(policy, {.num_generations = 2, .both_orders = true, .batch_rows = batch_rows},
                     read, collected);
}

double ratio(double part, double all) { return all == 0 ? 0 : part / all; }

}  // namespace

void PairEval::add_to(nlohmann::ordered_json& metrics) const {
  metrics["eval/accuracy"] = accuracy;
  metrics["eval/accuracy_ci_low"] = interval.low;
  metrics["eval/accuracy_ci_high"] = interval.high;
  metrics["eval/brier"] = brier;
  metrics["eval/flip_rate"] = flip_rate;
  metrics["eval/invalid_rate"] = invalid_rate;
  metrics["eval/mean_length"] = mean_length;
  metrics["eval/pairs"] = pairs;
  if (unreadable > 0) metrics["eval/unreadable_pairs"] = unreadable;
}

std::vector<std::string> PairEval::metric_names() {
  nlohmann::ordered_json metrics;
  PairEval{}.add_to(metrics);
  std::vector<std::string> names;
  for (const auto& [name, value] : metrics.items()) names.push_back(name);
  return names;
}

PairEval evaluate_pairs(const Policy& policy, const PairSource& source,
                        const PairEvalOptions& options, FeatureCache& features) {
  Policy greedy = policy;
  greedy.sampling.temperature = 0;
  Tally tally;
  std::int64_t pairs = options.pairs, unreadable = 0;
  if (const auto round = source.round())
    pairs = std::min(pairs, static_cast<std::int64_t>(*round));  // no pair twice
  const std::int64_t batch = std::max<std::int64_t>(1, options.batch_rows / 2);
  for (std::int64_t begin = 0; begin < pairs; begin += batch) {
    std::vector<CollectedGroup> collected;
    for (std::int64_t i = begin; i < std::min(pairs, begin + batch); ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      if (auto pair = readable_pair(try_pair(source, index), options.skip_unreadable))
        collected.push_back({.pair = std::move(*pair), .index = index});
      else
        ++unreadable;
    }
    judge(greedy, options.batch_rows, features, collected);
    for (const CollectedGroup& one : collected) tally.add(one);
  }
  require(pairs > unreadable, "None of the {} pairs to evaluate on could be read.", pairs);
  const auto n = static_cast<double>(tally.pairs);
  return {.pairs = tally.pairs,
          .accuracy = ratio(tally.right, n),
          .interval = wilson(tally.right, n),
          .brier = ratio(tally.squares, static_cast<double>(tally.read)),
          .flip_rate = ratio(tally.flips, static_cast<double>(tally.matched)),
          .invalid_rate = ratio(tally.unread, tally.completions),
          .mean_length = ratio(tally.tokens, tally.completions),
          .unreadable = unreadable};
}

}  // namespace juror
