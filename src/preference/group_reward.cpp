#include "preference/group_reward.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/option_text.h"
#include "preference/decision.h"

namespace juror {
namespace {

/// What one completion of a group is scored against, in the order in which it was shown the pair.
struct Case {
  const RewardInput& judged;
  double share = 0.5;         ///< of voters for the first shown
  double consensus = 0.5;     ///< mean p of the group, for the first shown
  std::int64_t readable = 0;  ///< completions in that mean
  /// P of the matched completion in the other order, for *its* first shown; NaN: unread.
  double other = 0.5;
  const RewardContext& context;

  double p() const { return judged.verdict.p; }
  bool is_read() const { return !std::isnan(judged.verdict.p); }
  int answer() const {
    return judged.verdict.p > 0.5 ? 1 : 2;
  }  ///< where no "1" or "2" was written
};

int written_choice(const Case& c) {
  if (c.judged.verdict.answer == "1") return 1;
  if (c.judged.verdict.answer == "2") return 2;
  return c.answer();
}

Reward scoring_of(const Case& c) {
  if (!c.judged.scores) return {};
  return scoring_reward(c.judged.scores->first, c.judged.scores->second, c.share,
                        c.context.options.scoring_margin);
}

Reward bradley_terry_of(const Case& c) {
  if (!c.judged.scores) return {};
  const auto [first, second] = *c.judged.scores;
  return {soft_votes_reward(
              scores_probability(first, second, c.context.options.scoring_temperature), c.share)
              .value};
}

Reward kendall_of(const Case& c) {
  const std::array<int, 2> written = written_choice(c) == 1 ? std::array{1, 2} : std::array{2, 1};
  const std::array<int, 2> truth = {c.share >= 0.5 ? 1 : 2, c.share > 0.5 ? 2 : 1};
  return {kendall_reward(written, truth)};
}

Reward listener_of(const Case& c) {
  return std::isnan(c.judged.listener_p) ? Reward{}
                                         : Reward{soft_reward(c.judged.listener_p, c.share).value};
}

/// What one completion about a list is scored against.
struct ListCase {
  const Verdict& verdict;
  std::vector<int> truth;  ///< in the order shown

  std::size_t chosen() const { return verdict.ranking.front(); }
};

Reward kendall_of_list(const ListCase& c) {
  std::vector<int> written(c.truth.size());
  for (std::size_t place = 0; place < written.size(); ++place)
    written[c.verdict.ranking[place]] = static_cast<int>(place) + 1;
  return {kendall_reward(written, c.truth)};
}

template <Reward (*reward)(std::size_t, std::span<const int>)>
Reward chosen_of(const ListCase& c) {
  return reward(c.chosen(), c.truth);
}

template <Reward (*reward)(std::size_t, std::span<const int>)>
Reward expected_of(const ListCase& c) {
  return c.verdict.first_place.empty() ? reward(c.chosen(), c.truth)
                                       : expected_reward(c.verdict.first_place, c.truth, reward);
}

std::int64_t length_of(const Case& c) {
  return static_cast<std::int64_t>(c.judged.token_ids.size());
}

struct Row {
  std::string_view name;
  bool needs_votes = false;
  bool needs_both_orders = false;
  bool needs_reading = false;  ///< 0 for what could not be read
  Reward (*score)(const Case&);
  Reward (*score_list)(const ListCase&) = nullptr;  ///< null: of pairs, or of the words alone

  /// Whatever was shown.
  constexpr bool is_of_words() const {
    return name == "format" || name == "length" || name == "repetition";
  }
};

constexpr std::array kRows = {
    Row{"format", false, false, false,
        [](const Case& c) { return Reward{c.judged.well_formed ? 1.0 : 0.0}; }},
    Row{"selection", true, false, true,
        [](const Case& c) { return selection_reward(written_choice(c), c.share); },
        chosen_of<best_of_list_reward>},
    Row{"scoring", true, false, true, scoring_of},
    Row{"soft", true, false, true, [](const Case& c) { return soft_reward(c.p(), c.share); },
        expected_of<best_of_list_reward>},
    Row{"soft_votes", true, false, true,
        [](const Case& c) { return soft_votes_reward(c.p(), c.share); }},
    Row{"brier", true, false, true, [](const Case& c) { return brier_reward(c.p(), c.share); }},
    Row{"log", true, false, true,
        [](const Case& c) { return log_reward(c.p(), c.share, c.context.options.log_clip); }},
    Row{"fidelity", true, false, true,
        [](const Case& c) { return fidelity_reward(c.p(), c.share); }},
    Row{"bradley_terry", true, false, true, bradley_terry_of},
    Row{"kendall", true, false, true, kendall_of, kendall_of_list},
    Row{"placed", true, false, true,
        [](const Case& c) { return selection_reward(written_choice(c), c.share); },
        chosen_of<placed_reward>},
    Row{"soft_placed", true, false, true, [](const Case& c) { return soft_reward(c.p(), c.share); },
        expected_of<placed_reward>},
    Row{"listener", true, false, false, listener_of},
    Row{"flip", false, true, true,
        [](const Case& c) { return std::isnan(c.other) ? Reward{} : flip_reward(c.p(), c.other); }},
    Row{"consensus", false, false, true,
        [](const Case& c) { return consensus_reward(c.p(), c.consensus, c.readable); }},
    Row{"length", false, false, false,
        [](const Case& c) {
          return Reward{length_reward(length_of(c), c.context.max_completion_length,
                                      c.context.options.overlong_buffer)};
        }},
    Row{"repetition", false, false, false,
        [](const Case& c) {
          return Reward{repetition_reward(c.judged.token_ids, c.context.options.repetition_ngram)};
        }},
};

const Row& find_row(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row;
  }
  throw Error(fmt::format("There is no reward '{}'.{}", name, did_you_mean(name, reward_names())));
}

/// What the readable completions think of image i of the pair (i, j).
struct Consensus {
  double mean = 0.5;
  std::int64_t readable = 0;
};

Consensus consensus_of(std::span<const RewardInput> group) {
  double sum = 0;
  Consensus consensus;
  for (const RewardInput& judged : group) {
    if (std::isnan(judged.verdict.p)) continue;
    sum += judged.swapped ? 1 - judged.verdict.p : judged.verdict.p;
    ++consensus.readable;
  }
  if (consensus.readable > 0) consensus.mean = sum / static_cast<double>(consensus.readable);
  return consensus;
}

/// For each completion the p of its match in the other order.
std::vector<double> matched(std::span<const RewardInput> group) {
  std::array<std::vector<double>, 2> by_order;
  for (const RewardInput& judged : group)
    by_order[judged.swapped ? 1 : 0].push_back(judged.verdict.p);
  std::array<std::size_t, 2> taken = {0, 0};
  std::vector<double> others;
  for (const RewardInput& judged : group) {
    const std::size_t own = judged.swapped ? 1 : 0, place = taken[own]++;
    require(place < by_order[1 - own].size(),
            "The reward 'flip' needs both orders of a pair in every group, and one has {} and {} "
            "completions; train with both_orders = true.",
            by_order[0].size(), by_order[1].size());
    others.push_back(by_order[1 - own][place]);
  }
  return others;
}

}  // namespace

std::vector<std::string> reward_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  return names;
}

bool reward_needs_votes(std::string_view name) { return find_row(name).needs_votes; }
bool reward_needs_both_orders(std::string_view name) { return find_row(name).needs_both_orders; }
bool reward_takes_lists(std::string_view name) {
  const Row& row = find_row(name);
  return row.score_list != nullptr || row.is_of_words();
}

namespace {

GroupRewards score_lists(const Row& row, std::span<const RewardInput> group,
                         const RewardContext& context) {
  GroupRewards rewards;
  for (const RewardInput& judged : group) {
    if (row.is_of_words()) {
      rewards.push_back(row.score({.judged = judged, .context = context}));
      continue;
    }
    ListCase one{.verdict = judged.verdict, .truth = context.ranks};
    if (judged.swapped) std::reverse(one.truth.begin(), one.truth.end());
    const bool is_read = judged.verdict.ranking.size() == one.truth.size();
    rewards.push_back(is_read ? row.score_list(one) : Reward{});
  }
  return rewards;
}

}  // namespace

GroupRewards score_group(std::string_view name, std::span<const RewardInput> group,
                         const RewardContext& context) {
  const Row& row = find_row(name);
  require(!row.needs_votes || context.vote_share.has_value() || !context.ranks.empty(),
          "The reward '{}' needs people's votes, and the example has none; 'consensus' and "
          "'format' need none.",
          name);
  if (!context.ranks.empty()) {
    require(reward_takes_lists(name),
            "The reward '{}' is of pairs, and a list of {} images is shown. Lists have kendall, "
            "selection, placed, soft and soft_placed.",
            name, context.ranks.size());
    return score_lists(row, group, context);
  }
  const std::vector<double> others =
      row.needs_both_orders ? matched(group) : std::vector<double>(group.size(), 0.5);
  const double share = context.vote_share.value_or(0.5);
  const Consensus consensus = consensus_of(group);
  GroupRewards rewards;
  for (std::size_t k = 0; k < group.size(); ++k) {
    const bool swapped = group[k].swapped;
    const Case one{.judged = group[k],
                   .share = swapped ? 1 - share : share,
                   .consensus = swapped ? 1 - consensus.mean : consensus.mean,
                   .readable = consensus.readable,
                   .other = others[k],
                   .context = context};
    rewards.push_back(row.needs_reading && !one.is_read() ? Reward{} : row.score(one));
  }
  return rewards;
}

}  // namespace juror
