// What a completion is rewarded for. Pure functions of what was read from it and of what people
// said; groups of completions are scored together in group_reward.h.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "base/options.h"
#include "preference/verdict.h"

namespace juror {

/// A reward and its slope by the decision probability p = P(first shown is better): what a trainer
/// needs to follow the path through p. The slopes are 0 for rewards that are no function of p.
struct Reward {
  double value = 0;
  double slope = 0;
  double others_slope = 0;  ///< by this p, of all other completions' values in the group together
};

/// The number that stands for each reward's free parameter.
struct RewardOptions {
  double scoring_margin = 0;         ///< m of `scoring`
  double scoring_temperature = 1;    ///< τ of `bradley_terry`
  double log_clip = 4;               ///< c of `log`
  std::int64_t overlong_buffer = 0;  ///< c of `length`
  std::int64_t repetition_ngram = 3;

  template <class Field>
  void fields(Field&& field) {
    field("scoring_margin", scoring_margin,
          "Reward 'scoring': score difference that earns all of it; 0: any", Range{0, 1e6});
    field("scoring_temperature", scoring_temperature,
          "Reward 'bradley_terry': score difference that counts as one unit of log-odds",
          Range{1e-6, 1e6});
    field("log_clip", log_clip, "Reward 'log': cross-entropy in nats from which it is 0",
          Range{1e-3, 1e3});
    field("overlong_buffer", overlong_buffer,
          "Reward 'length': tokens before the limit over which it falls to -1", Range{0, 1 << 20});
    field("repetition_ngram", repetition_ngram,
          "Reward 'repetition': length of the runs of tokens that are counted", Range{1, 64});
  }
};

// Rewards of the decision. p: P(first shown is better), in [0, 1]; share: how many of the voters
// prefer the first shown, in [0, 1] (1, 0 or 0.5 where there is a label alone). Values lie in [0,
// 1]. Source of the table: arXiv 2503.19948 for selection, scoring and soft by name; Gneiting &
// Raftery 2007 for proper scores; FRank (Tsai et al. 2007) for fidelity.

/// 1 if the written answer (1 or 2) is the preferred image; half where the voters are even. No
/// function of p.
Reward selection_reward(int answer, double share);
/// 1 if the preferred image got the strictly higher score; with a margin m > 0, clamp((s_w − s_l) /
/// m, 0, 1).
Reward scoring_reward(double first_score, double second_score, double share, double margin);
/// p of the preferred image; half where the voters are even.
Reward soft_reward(double p, double share);
/// p·v + (1 − p)(1 − v): the chance that a voter and a draw from p agree.
Reward soft_votes_reward(double p, double share);
/// 1 − (p − v)²; strictly proper.
Reward brier_reward(double p, double share);
/// 1 − min(H, c) / c with H the cross-entropy of p to v in nats; proper until it is clipped.
Reward log_reward(double p, double share, double clip);
/// √(p·v) + √((1 − p)(1 − v)).
Reward fidelity_reward(double p, double share);
/// 1 − |p + other − 1|, `other` being P(first shown is better) of the same pair in the other order.
/// The other one's reward has the same slope by p.
Reward flip_reward(double p, double other);
/// p·c + (1 − p)(1 − c) with c the mean p of the `readable` completions of a group, this one among
/// them: the slopes follow p into c too.
Reward consensus_reward(double p, double consensus, std::int64_t readable);

/// (1 + τ_b) / 2 of two rankings of the same images (1 = best); 0.5 where one of them ties all.
/// Throws Error if they differ in length or hold fewer than two.
double kendall_reward(std::span<const int> written, std::span<const int> truth);
// Rewards of lists. truth: people's ranks of the images in the order shown, 1 = best, ties allowed.

/// 1 if `chosen` is the best image, or one of the best: first or nothing.
Reward best_of_list_reward(std::size_t chosen, std::span<const int> truth);
/// Partial credit for `chosen`: the share of the other images that are not better than it. 1 for
/// the best, 0 for one that all others beat.
Reward placed_reward(std::size_t chosen, std::span<const int> truth);
/// What a reward of the chosen image comes to over the probabilities with which each is chosen.
Reward expected_reward(std::span<const double> chances, std::span<const int> truth,
                       Reward (*reward)(std::size_t chosen, std::span<const int> truth));

/// 0 up to limit − buffer tokens, then falling linearly to −1 at the limit. Source: DAPO (arXiv
/// 2503.14476), eq. 13.
double length_reward(std::int64_t tokens, std::int64_t limit, std::int64_t buffer);
/// −(1 − distinct / all) over the runs of n tokens: 0 without repetition, towards −1 in a loop.
double repetition_reward(std::span<const std::int64_t> token_ids, std::int64_t n);

}  // namespace juror
