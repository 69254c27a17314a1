#include "grpo/pair_eval.h"

#include <algorithm>
#include <cmath>
#include <map>
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

/// A pair on its way through the engine.
struct OpenPair {
  CollectedGroup group;
  std::vector<RequestId> ids;
  std::vector<Result> results = {};  ///< that have come, in any order

  /// Results in the order of the requests.
  std::vector<Result> in_order() {
    std::sort(results.begin(), results.end(),
              [](const Result& a, const Result& b) { return a.id < b.id; });
    return std::move(results);
  }
};

/// Judges pairs as they come, keeping the engine full, and counts them in their order.
class PairJudge {
 public:
  PairJudge(Engine& engine, const Policy& policy)
      : engine_(engine),
        policy_(policy),
        sampler_(engine.model(), policy, {.num_generations = 2, .both_orders = true}) {}

  void add(TrainingPair pair, std::uint64_t index) {
    OpenPair open{.group = {.pair = std::move(pair), .index = index}, .ids = {}};
    open.group.group = pair_group(policy_, open.group.pair, /*both_orders=*/true);
    for (Request& request : sampler_.requests(open.group))
      open.ids.push_back(engine_.submit(std::move(request)));
    open.group.pair.first = open.group.pair.second = {};  // the requests hold the pictures
    open.group.group.prompts.clear();
    open_.emplace(index, std::move(open));
    const auto most = static_cast<std::size_t>(engine_.options().batch_rows + 8);
    while (engine_.unfinished() >= most) step();
  }

  /// Every pair, once all are judged.
  Tally finish() {
    while (!open_.empty()) step();
    Tally tally;
    for (const auto& [index, group] : judged_) tally.add(group);
    return tally;
  }

 private:
  void step() {
    engine_.step();
    for (Result& result : engine_.take_finished()) place(std::move(result));
  }
  void place(Result result) {
    for (auto& [index, open] : open_) {
      if (std::find(open.ids.begin(), open.ids.end(), result.id) == open.ids.end()) continue;
      open.results.push_back(std::move(result));
      if (open.results.size() == open.ids.size()) close(index);
      return;
    }
  }
  void close(std::uint64_t index) {
    OpenPair open = std::move(open_.extract(index).mapped());
    sampler_.parse(open.in_order(), open.group);
    judged_.emplace(index, std::move(open.group));
  }

  Engine& engine_;
  const Policy& policy_;
  GroupSampler sampler_;
  std::map<std::uint64_t, OpenPair> open_;
  std::map<std::uint64_t, CollectedGroup> judged_;
};

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

PairEval evaluate_pairs(Engine& engine, const Policy& policy, const PairSource& source,
                        const PairEvalOptions& options) {
  Policy greedy = policy;
  greedy.sampling.temperature = 0;
  std::int64_t pairs = options.pairs, unreadable = 0;
  if (const auto round = source.round())
    pairs = std::min(pairs, static_cast<std::int64_t>(*round));  // no pair twice
  PairJudge judge(engine, greedy);
  for (std::int64_t i = 0; i < pairs; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    if (auto pair = readable_pair(try_pair(source, index), options.skip_unreadable))
      judge.add(std::move(*pair), index);
    else
      ++unreadable;
  }
  const Tally tally = judge.finish();
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
