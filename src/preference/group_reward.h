// Rewards of a group of completions about one pair of images, by name. Some need the whole group:
// agreement of the two orders, agreement with the group's own mean.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "preference/reward.h"

namespace juror {

/// All that rewards know of one completion. Probabilities are of the image that it was shown first.
struct RewardInput {
  Verdict verdict;
  bool swapped = false;      ///< it was shown the pair (i, j) as (j, i)
  bool well_formed = false;  ///< exactly the asked-for shape (`has_exact_shape`)
  std::optional<std::pair<double, double>>
      scores;  ///< written scores, where the template asks for them
  std::span<const std::int64_t> token_ids;
  double listener_p = std::numeric_limits<double>::quiet_NaN();  ///< of a frozen listener; NaN: not
                                                                 ///< asked or not readable
};

/// What a group is scored against, and with what.
struct RewardContext {
  std::optional<double>
      vote_share;  ///< share of voters for image i of the pair (i, j); none for unlabelled images
  std::int64_t max_completion_length = 0;
  RewardOptions options;
  /// Of a list of three images or more: people's ranks as given; `swapped` shows it backwards.
  /// Empty for a pair.
  std::vector<int> ranks = {};
};

/// One value a completion; slopes are by the completion's own p, as it was shown the pair.
using GroupRewards = std::vector<Reward>;

/// The names known: format, selection, scoring, soft, soft_votes, brier, log, fidelity,
/// bradley_terry, kendall, placed, soft_placed, listener, flip, consensus, length, repetition.
std::vector<std::string> reward_names();
bool reward_needs_votes(std::string_view name);
bool reward_needs_both_orders(std::string_view name);
/// Whether it says something of a list: format, selection, soft, kendall, placed, soft_placed,
/// length, repetition.
bool reward_takes_lists(std::string_view name);

/// Scores a group by the reward called `name`. A completion that could not be read earns 0 wherever
/// a decision is asked for. Throws Error for an unknown name (with a suggestion), where votes or
/// the other order are needed and missing, and for a list where it is of pairs.
///   flip: the k-th completion in one order is matched with the k-th in the other.
///   consensus: soft_votes against the mean p of the group's readable completions, mirrored to the
///   pair's order. placed, soft_placed: of a pair what selection and soft are.
///   Of lists, selection is 1 if the image that stands first is the best, and placed gives it
///   partial credit by its rank; soft and soft_placed are what these come to over the probabilities
///   of each image to stand first (over the written order where they are not known). bradley_terry:
///   soft_votes of σ((s1 − s2)/τ) for written scores; no slope, since scores are words.
GroupRewards score_group(std::string_view name, std::span<const RewardInput> group,
                         const RewardContext& context);

}  // namespace juror
