// How far the models that made the images give the label away: the score of a predictor that never
// looks at an image.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "preference/agreement.h"

namespace juror {

/// Pairs by generator in two halves (of the prompts), so that the predictor is scored on prompts it
/// did not see. Keeps 24 bytes a pair.
class GeneratorLeak {
 public:
  /// One untied pair: the generator of the preferred image, that of the other, the number of the
  /// prompt, and the half (0 or 1) that it lies in.
  void add(const std::string& winner, const std::string& loser, std::uint64_t prompt, int half);

  /// One value a pair, prompts are clusters: 1 where the generator won that wins more often in the
  /// other half, ½ where they win equally often or one is unknown there, else 0.
  std::vector<ClusteredValue> values() const;

 private:
  struct Pair {
    std::uint64_t prompt = 0;
    std::uint32_t winner = 0, loser = 0;
    int half = 0;
  };
  std::uint32_t number_of(const std::string& generator);
  std::vector<double> win_rates(int half) const;

  std::vector<Pair> pairs_;
  std::map<std::string, std::uint32_t> numbers_;
};

}  // namespace juror
