#include "eval/protocols.h"

#include <array>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace juror {
namespace {

/// 1 or 0 for each pair that people did not tie.
std::vector<double> strict_values(const JudgedExample& example) {
  std::vector<double> values;
  for (const JudgedPair& pair : example.pairs) {
    const int human = human_choice(example, pair);
    if (human != 0) values.push_back(predicted_choice(pair.p) == human ? 1 : 0);
  }
  return values;
}

/// `half`: what a pair earns that exactly one side calls a tie.
std::vector<double> tie_aware_values(const JudgedExample& example, double tie_band, double half) {
  std::vector<double> values;
  for (const JudgedPair& pair : example.pairs) {
    const int human = human_choice(example, pair), predicted = predicted_choice(pair.p, tie_band);
    if (!is_read(pair)) {
      values.push_back(0);
    } else if (human == predicted) {
      values.push_back(1);
    } else {
      values.push_back(human == 0 || predicted == 0 ? half : 0);
    }
  }
  return values;
}

/// 0 for each pair of images that the scores turn round, else 1.
std::vector<double> order_values(const std::vector<double>& scores,
                                 const std::vector<double>& ranks) {
  require(scores.size() == ranks.size() && ranks.size() >= 2,
          "{} scores stand against {} ranks; two or more of each are expected.", scores.size(),
          ranks.size());
  std::vector<double> values;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t j = i + 1; j < ranks.size(); ++j) {
      const double human = ranks[j] - ranks[i], predicted = scores[i] - scores[j];
      values.push_back(human == 0 || human * predicted > 0 ? 1 : 0);
    }
  }
  return values;
}

}  // namespace

Scores score_imagereward(const JudgedExample& example, double) {
  const std::vector<double> values = strict_values(example);
  return {values, values};
}

Scores score_hpdv2(const JudgedExample& example, double) {
  const std::vector<double> values = order_values(example.scores, example.ranks);
  return {values, values};
}

Scores score_hpdv3(const JudgedExample& example, double) { return {strict_values(example)}; }

Scores score_pickapic(const JudgedExample& example, double tie_band) {
  return {tie_aware_values(example, tie_band, 0.5)};
}

Scores score_pairs(const JudgedExample& example, double tie_band) {
  return {strict_values(example), tie_aware_values(example, tie_band, 0)};
}

Scores score_opinion(const JudgedExample& example, double) { return {strict_values(example)}; }

double hpdv2_agreement(const std::vector<double>& scores, const std::vector<double>& ranks) {
  const std::vector<double> values = order_values(scores, ranks);
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::span<const Protocol> protocols() {
  static const std::array<Protocol, 6> table = {{
      {.name = "imagereward",
       .title = "ImageReward: untied pairs, a predicted tie is wrong; over pairs (micro) and over "
                "prompts (macro)",
       .metrics = {{"micro"}, {"macro", true}},
       .score = score_imagereward},
      {.name = "hpdv2",
       .title = "HPDv2: per prompt the share of pairs in the annotators' mean order, human ties "
                "counted right; mean "
                "over prompts",
       .metrics = {{"mean over prompts", true}, {"over pairs"}},
       .ranks_from_votes = true,
       .whole_order = true,
       .score = score_hpdv2},
      {.name = "hpdv3",
       .title = "HPDv3: share of pairs in which the preferred image has strictly more",
       .metrics = {{"pairs"}},
       .score = score_hpdv3},
      {.name = "pickapic",
       .title = "Pick-a-Pic: 1 for agreement, 1/2 when one side alone calls a tie, 0 otherwise",
       .metrics = {{"tie-aware"}},
       .score = score_pickapic},
      {.name = "pairs",
       .title = "Pairs: without people's ties, and with ties as a third outcome",
       .metrics = {{"without ties"}, {"with ties"}},
       .score = score_pairs},
      {.name = "opinion",
       .title = "Opinion: share of pairs of rated images in which the higher mean opinion has more "
                "than half of p",
       .metrics = {{"all pairs"}},
       .of_ratings = true,
       .score = score_opinion},
  }};
  return table;
}

const Protocol& find_protocol(std::string_view name) {
  std::string names;
  for (const Protocol& protocol : protocols()) {
    if (protocol.name == name) return protocol;
    names += (names.empty() ? "" : ", ") + protocol.name;
  }
  throw Error(fmt::format("There is no protocol '{}'. There are {}.", name, names));
}

}  // namespace juror
