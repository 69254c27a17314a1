#include "eval/tally.h"

#include <numeric>

#include "base/error.h"

namespace juror {
namespace {

/// Differences of shares lie in [-1, 1]: measured as shares, so that one example, or examples
/// without any spread, do not make an interval without width.
Interval difference_interval(std::vector<ClusteredValue> differences, std::int64_t seed) {
  for (ClusteredValue& item : differences) item.value = (item.value + 1) / 2;
  const Interval share = measured_share(differences, {.seed = seed})->interval;
  return {.low = 2 * share.low - 1, .high = 2 * share.high - 1};
}

}  // namespace

Measured measure(const std::string& name, const std::vector<ClusteredValue>& values,
                 std::int64_t seed) {
  Measured measured{.name = name};
  const auto share = measured_share(values, {.seed = seed});
  if (!share) return measured;
  for (const ClusteredValue& value : values) measured.n += value.weight;
  measured.accuracy = share->value;
  measured.interval = share->interval;
  return measured;
}

void Tally::add(const JudgedExample& example) { add_mean({{.example = example}}); }

void Tally::add_mean(const std::vector<RepeatedJudgement>& judgements) {
  struct Sum {
    double values = 0, count = 0;
  };
  std::vector<Sum> sums(values_.size());
  double all = 0;
  for (const auto& [example, times] : judgements) {
    const Scores scores = protocol_->score(example, tie_band_);
    for (std::size_t m = 0; m < sums.size(); ++m) {
      sums[m].values += times * std::accumulate(scores[m].begin(), scores[m].end(), 0.0);
      sums[m].count += times * static_cast<double>(scores[m].size());
    }
    all += times;
  }
  for (std::size_t m = 0; m < sums.size(); ++m) {
    if (sums[m].count == 0) continue;
    const double weight = protocol_->metrics[m].by_example ? 1 : sums[m].count / all;
    values_[m].push_back({.value = sums[m].values / sums[m].count,
                          .cluster = judgements.front().example.prompt,
                          .weight = weight});
  }
}

std::vector<Measured> Tally::measured(std::int64_t seed) const {
  std::vector<Measured> list;
  for (std::size_t m = 0; m < values_.size(); ++m)
    list.push_back(measure(protocol_->metrics[m].name, values_[m], seed));
  return list;
}

Difference difference_over_images(const std::string& name, const std::vector<ComparedPair>& pairs,
                                  std::int64_t seed) {
  require(!pairs.empty(), "The two judges have no pair in common.");
  const auto count = static_cast<double>(pairs.size());
  Difference difference{.name = name, .first = 0, .second = 0};
  std::vector<PairValue> values;  // as shares, 0 … 1
  for (const ComparedPair& pair : pairs) {
    difference.first += pair.first / count;
    difference.second += pair.second / count;
    values.push_back({pair.first_image, pair.second_image, (pair.first - pair.second + 1) / 2});
  }
  const Interval share = measured_over_images(values, {.seed = seed})->interval;
  difference.difference = difference.first - difference.second;
  difference.interval = {.low = 2 * share.low - 1, .high = 2 * share.high - 1};
  difference.is_real = difference.interval.low > 0 || difference.interval.high < 0;
  return difference;
}

Difference paired_difference(const std::string& name, const std::vector<ClusteredValue>& a,
                             const std::vector<ClusteredValue>& b, std::int64_t seed) {
  require(a.size() == b.size() && !a.empty(),
          "{} examples stand against {}; the same ones are expected on both sides.", a.size(),
          b.size());
  std::vector<ClusteredValue> differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    require(a[i].weight == b[i].weight && a[i].cluster == b[i].cluster,
            "Example {} has {} pairs on one side and {} on the other, or another prompt.", i,
            a[i].weight, b[i].weight);
    differences.push_back(
        {.value = a[i].value - b[i].value, .cluster = a[i].cluster, .weight = a[i].weight});
  }
  const Interval interval = difference_interval(differences, seed);
  return {.name = name,
          .first = mean_of(a),
          .second = mean_of(b),
          .difference = mean_of(differences),
          .interval = interval,
          .is_real = interval.low > 0 || interval.high < 0};
}

}  // namespace juror
