#include "data/rating_pairs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_set>

#include "base/error.h"
#include "base/random.h"

namespace juror {
namespace {

constexpr std::uint64_t kPairStream = 0x5241'5445ULL, kOrderStream = 0x5241'5446ULL;
constexpr std::uint64_t kMostEnumerated = 1 << 20;
constexpr std::size_t kBins = 10;
constexpr std::int64_t kPairsAnImage = 10;

/// All pairs of all groups, by number.
class PairNumbers {
 public:
  explicit PairNumbers(const std::vector<std::string>& groups) {
    std::map<std::string, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
    for (auto& [name, images] : members) {
      total_ += images.size() * (images.size() - 1) / 2;
      ends_.push_back(total_);
      members_.push_back(std::move(images));
    }
  }

  std::uint64_t total() const { return total_; }

  /// Pair k of a group's n(n − 1)/2 stands in row r of the triangle: r(r − 1)/2 ≤ k.
  RatedPair pair(std::uint64_t number) const {
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), number);
    const auto group = static_cast<std::size_t>(end - ends_.begin());
    const std::uint64_t k = number - (group == 0 ? 0 : ends_[group - 1]);
    auto row = static_cast<std::uint64_t>((1 + std::sqrt(1 + 8 * static_cast<double>(k))) / 2);
    while (row * (row - 1) / 2 > k) --row;  // the root may be off by one
    while ((row + 1) * row / 2 <= k) ++row;
    const std::vector<std::size_t>& images = members_[group];
    return {images[k - row * (row - 1) / 2], images[row]};
  }

 private:
  std::vector<std::vector<std::size_t>> members_;
  std::vector<std::uint64_t> ends_;  ///< pairs of the groups up to and with each
  std::uint64_t total_ = 0;
};

/// Different numbers below `total` in an order by chance: all, or enough to choose from.
std::vector<std::uint64_t> shuffled_numbers(std::uint64_t total, std::uint64_t wanted,
                                            Random& random) {
  const std::uint64_t enough = std::max(kMostEnumerated, 4 * wanted);
  std::vector<std::uint64_t> numbers;
  if (total <= 2 * enough) {
    numbers.resize(total);
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
    for (std::uint64_t i = 0; i + 1 < total; ++i)
      std::swap(numbers[i], numbers[i + random.below(total - i)]);
    return numbers;
  }
  std::unordered_set<std::uint64_t> seen;
  while (numbers.size() < enough) {
    const std::uint64_t number = random.below(total);
    if (seen.insert(number).second) numbers.push_back(number);
  }
  return numbers;
}

/// How many each bin gives, so that `wanted` come together and none gives less than another unless
/// it has no more.
std::array<std::size_t, kBins> shares_of_bins(const std::array<std::size_t, kBins>& sizes,
                                              std::size_t wanted) {
  std::array<std::size_t, kBins> shares = {};
  for (bool grows = true; grows && wanted > 0;) {
    grows = false;
    for (std::size_t bin = kBins; bin-- > 0 && wanted > 0;) {  // large differences are the rarest
      if (shares[bin] == sizes[bin]) continue;
      ++shares[bin];
      --wanted;
      grows = true;
    }
  }
  return shares;
}

std::vector<RatedPair> balanced(const std::vector<RatedPair>& pairs,
                                const std::vector<double>& means, std::size_t wanted) {
  const auto difference = [&](const RatedPair& pair) {
    return std::abs(means[pair.first] - means[pair.second]);
  };
  double low = difference(pairs[0]), high = low;
  for (const RatedPair& pair : pairs) {
    low = std::min(low, difference(pair));
    high = std::max(high, difference(pair));
  }
  const auto bin_of = [&](const RatedPair& pair) {
    if (high <= low) return std::size_t{0};
    return std::min(kBins - 1,
                    static_cast<std::size_t>((difference(pair) - low) / (high - low) * kBins));
  };
  std::array<std::size_t, kBins> sizes = {};
  for (const RatedPair& pair : pairs) ++sizes[bin_of(pair)];
  std::array<std::size_t, kBins> left = shares_of_bins(sizes, wanted);
  std::vector<RatedPair> chosen;
  for (const RatedPair& pair : pairs) {
    std::size_t& bin = left[bin_of(pair)];
    if (bin == 0) continue;
    --bin;
    chosen.push_back(pair);
  }
  return chosen;
}

}  // namespace

std::vector<RatedPair> draw_rated_pairs(const std::vector<double>& means,
                                        const std::vector<std::string>& groups,
                                        const RatingOptions& options, std::int64_t seed) {
  const PairNumbers numbers(groups);
  require(numbers.total() > 0,
          "No pair can be drawn from {} rated images: no two of them are of one group.",
          means.size());
  const auto wanted = static_cast<std::size_t>(
      options.pairs > 0 ? options.pairs : kPairsAnImage * static_cast<std::int64_t>(means.size()));
  Random random{kPairStream, static_cast<std::uint64_t>(seed)};
  std::vector<RatedPair> pairs;
  for (const std::uint64_t number : shuffled_numbers(numbers.total(), wanted, random)) {
    const RatedPair pair = numbers.pair(number);
    const double difference = std::abs(means[pair.first] - means[pair.second]);
    if (difference > 0 && difference >= options.min_difference) pairs.push_back(pair);
    if (!options.balanced && pairs.size() == wanted) break;
  }
  require(!pairs.empty(),
          "No pair can be drawn from {} rated images: no two means of one group differ by {} or "
          "more (--ratings.min-difference).",
          means.size(), options.min_difference);
  if (options.balanced) pairs = balanced(pairs, means, wanted);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    Random order{kOrderStream, static_cast<std::uint64_t>(seed), pairs[i].first, pairs[i].second};
    if (order.below(2) == 1) std::swap(pairs[i].first, pairs[i].second);
  }
  return pairs;
}

}  // namespace juror
