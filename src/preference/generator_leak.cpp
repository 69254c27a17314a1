#include "preference/generator_leak.h"

namespace juror {

std::uint32_t GeneratorLeak::number_of(const std::string& generator) {
  return numbers_.emplace(generator, static_cast<std::uint32_t>(numbers_.size())).first->second;
}

void GeneratorLeak::add(const std::string& winner, const std::string& loser, std::uint64_t prompt,
                        int half) {
  pairs_.push_back(
      {.prompt = prompt, .winner = number_of(winner), .loser = number_of(loser), .half = half});
}

/// Each generator's share of the pairs won in a half, against whatever it met; NaN: it met nothing.
std::vector<double> GeneratorLeak::win_rates(int half) const {
  std::vector<double> wins(numbers_.size()), games(numbers_.size());
  for (const Pair& pair : pairs_) {
    if (pair.half != half) continue;
    ++wins[pair.winner];
    ++games[pair.winner];
    ++games[pair.loser];
  }
  for (std::size_t i = 0; i < wins.size(); ++i) wins[i] /= games[i];
  return wins;
}

std::vector<ClusteredValue> GeneratorLeak::values() const {
  const std::vector<double> rates[2] = {win_rates(0), win_rates(1)};
  std::vector<ClusteredValue> values;
  for (const Pair& pair : pairs_) {
    const std::vector<double>& other = rates[1 - pair.half];
    const double lead = other[pair.winner] - other[pair.loser];  // NaN: unknown
    values.push_back({.value = lead > 0 ? 1.0 : (lead < 0 ? 0.0 : 0.5), .cluster = pair.prompt});
  }
  return values;
}

}  // namespace juror
