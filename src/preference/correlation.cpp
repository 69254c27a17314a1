#include "preference/correlation.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/random.h"

namespace juror {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestMapped = 5;
constexpr std::size_t kFewestImages = 5;
constexpr int kMostSteps = 200;

void check(std::span<const double> x, std::span<const double> y) {
  require(x.size() == y.size(), "{} scores stand against {} opinions; as many are expected.",
          x.size(), y.size());
}

double mean_of(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double standard_deviation(std::span<const double> x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double value : x) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

/// Places in ascending order of `x`.
std::vector<std::size_t> ascending(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  return order;
}

/// Ranks from 1, ties sharing their mean.
std::vector<double> mean_ranks(std::span<const double> x) {
  const std::vector<std::size_t> order = ascending(x);
  std::vector<double> ranks(x.size());
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    while (to < order.size() && x[order[to]] == x[order[from]]) ++to;
    for (std::size_t i = from; i < to; ++i)
      ranks[order[i]] = (static_cast<double>(from + to) + 1) / 2;
  }
  return ranks;
}

/// Pairs in runs of equal neighbours.
template <class Equal>
double tied_pairs(std::size_t n, const Equal& equal) {
  double pairs = 0, run = 1;
  for (std::size_t i = 1; i <= n; ++i) {
    if (i < n && equal(i - 1, i)) {
      ++run;
      continue;
    }
    pairs += run * (run - 1) / 2;
    run = 1;
  }
  return pairs;
}

/// Sorts and returns how many pairs stood in the wrong order.
double sort_and_count(std::vector<double>& values, std::vector<double>& room, std::size_t from,
                      std::size_t to) {
  if (to - from < 2) return 0;
  const std::size_t half = from + (to - from) / 2;
  double swaps = sort_and_count(values, room, from, half) + sort_and_count(values, room, half, to);
  std::size_t left = from, right = half;
  for (std::size_t at = from; at < to; ++at) {
    if (left < half && (right == to || values[left] <= values[right])) {
      room[at] = values[left++];
    } else {
      swaps += static_cast<double>(half - left);
      room[at] = values[right++];
    }
  }
  std::copy(room.begin() + static_cast<std::ptrdiff_t>(from),
            room.begin() + static_cast<std::ptrdiff_t>(to),
            values.begin() + static_cast<std::ptrdiff_t>(from));
  return swaps;
}

using Parameters = Eigen::Vector4d;  // bottom, top, middle, log width

LogisticMapping mapping_of(const Parameters& p) {
  return {.bottom = p[0], .top = p[1], .middle = p[2], .width = std::exp(p[3])};
}

double squared_error(const Parameters& p, std::span<const double> x, std::span<const double> y) {
  const LogisticMapping mapping = mapping_of(p);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += std::pow(y[i] - mapping(x[i]), 2);
  return sum;
}

/// JᵀJ and Jᵀr of the residuals.
void normal_equations(const Parameters& p, std::span<const double> x, std::span<const double> y,
                      Eigen::Matrix4d& square, Eigen::Vector4d& right) {
  const LogisticMapping mapping = mapping_of(p);
  square.setZero();
  right.setZero();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double z = (x[i] - mapping.middle) / mapping.width, s = 1 / (1 + std::exp(-z)),
                 slope = (mapping.top - mapping.bottom) * s * (1 - s);
    const Eigen::Vector4d row(1 - s, s, -slope / mapping.width, -slope * z);
    square.noalias() += row * row.transpose();
    right += row * (y[i] - mapping(x[i]));
  }
}

struct Fit {
  Parameters parameters;
  double error = 0;
};

/// Levenberg–Marquardt.
Fit descend(const Parameters& start, std::span<const double> x, std::span<const double> y) {
  Fit best{.parameters = start, .error = squared_error(start, x, y)};
  double damping = 1e-3;
  Eigen::Matrix4d square;
  Eigen::Vector4d right;
  normal_equations(best.parameters, x, y, square, right);
  for (int step = 0; step < kMostSteps && damping < 1e12; ++step) {
    Eigen::Matrix4d damped = square;
    damped.diagonal() += damping * (square.diagonal().array() + 1e-12).matrix();
    const Parameters next = best.parameters + damped.ldlt().solve(right);
    const double error = squared_error(next, x, y);
    if (!(error < best.error)) {
      damping *= 4;
      continue;
    }
    const bool is_done = best.error - error < 1e-12 * best.error;
    best = {.parameters = next, .error = error};
    damping /= 4;
    if (is_done) break;
    normal_equations(best.parameters, x, y, square, right);
  }
  return best;
}

/// From end to end of the opinions, and all but a straight line: the regression, so that no fit is
/// worse than that. r: of scores and opinions.
std::array<Parameters, 2> starts(std::span<const double> x, std::span<const double> y, double r) {
  const double middle = mean_of(x), sd_x = standard_deviation(x);
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  const double width = 20 * sd_x, slope = r * standard_deviation(y) / sd_x,
               rise = 2 * width * slope;
  return {Parameters(r < 0 ? *high : *low, r < 0 ? *low : *high, middle, std::log(sd_x)),
          Parameters(mean_of(y) - rise, mean_of(y) + rise, middle, std::log(width))};
}

/// Values of an estimate over draws of images; NaN where too many draws have none.
MeasuredNumber measured(double value, std::vector<double> draws, std::size_t asked) {
  std::erase_if(draws, [](double draw) { return std::isnan(draw); });
  if (std::isnan(value) || draws.size() < asked / 2 || draws.empty()) return {value, kNaN, kNaN};
  const Interval interval = percentile_interval(std::move(draws));
  return {value, interval.low, interval.high};
}

double mapped_pearson(std::span<const double> x, std::span<const double> y) {
  const auto mapping = fit_logistic_mapping(x, y);
  if (!mapping) return kNaN;
  std::vector<double> mapped;
  for (const double score : x) mapped.push_back((*mapping)(score));
  const double r = pearson(mapped, y);
  return mapping->top < mapping->bottom ? -r : r;  // who turns the order round earns no praise
}

}  // namespace

double pearson(std::span<const double> x, std::span<const double> y) {
  check(x, y);
  if (x.size() < 2) return kNaN;
  const double mean_x = mean_of(x), mean_y = mean_of(y);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xx > 0 && yy > 0 ? std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0) : kNaN;
}

double spearman(std::span<const double> x, std::span<const double> y) {
  check(x, y);
  return pearson(mean_ranks(x), mean_ranks(y));
}

double kendall(std::span<const double> x, std::span<const double> y) {
  check(x, y);
  const std::size_t n = x.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return x[a] != x[b] ? x[a] < x[b] : y[a] < y[b]; });
  const double all = static_cast<double>(n) * (static_cast<double>(n) - 1) / 2;
  const double tied_x =
      tied_pairs(n, [&](std::size_t a, std::size_t b) { return x[order[a]] == x[order[b]]; });
  const double tied_both = tied_pairs(n, [&](std::size_t a, std::size_t b) {
    return x[order[a]] == x[order[b]] && y[order[a]] == y[order[b]];
  });
  std::vector<double> sorted, room(n);
  for (const std::size_t i : order) sorted.push_back(y[i]);
  const double discordant = sort_and_count(sorted, room, 0, n);
  const double tied_y =
      tied_pairs(n, [&](std::size_t a, std::size_t b) { return sorted[a] == sorted[b]; });
  const double norm = std::sqrt((all - tied_x) * (all - tied_y));
  return norm > 0 ? (all - tied_x - tied_y + tied_both - 2 * discordant) / norm : kNaN;
}

double LogisticMapping::operator()(double x) const {
  return bottom + (top - bottom) / (1 + std::exp(-(x - middle) / width));
}

std::optional<LogisticMapping> fit_logistic_mapping(std::span<const double> scores,
                                                    std::span<const double> opinions) {
  check(scores, opinions);
  const double r = pearson(scores, opinions);
  if (scores.size() < kFewestMapped || std::isnan(r)) return std::nullopt;
  Fit best{.parameters = {}, .error = std::numeric_limits<double>::infinity()};
  for (const Parameters& start : starts(scores, opinions, r)) {
    const Fit fit = descend(start, scores, opinions);
    if (fit.error < best.error) best = fit;
  }
  return mapping_of(best.parameters);
}

Correlations correlations(std::span<const double> scores, std::span<const double> opinions,
                          const BootstrapOptions& options) {
  check(scores, opinions);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    x.push_back(scores[i]);
    y.push_back(opinions[i]);
  }
  std::vector<double> draws[4];
  std::vector<double> drawn_x(x.size()), drawn_y(x.size());
  for (std::int64_t replicate = 0; replicate < options.replicates && !x.empty(); ++replicate) {
    Random random{static_cast<std::uint64_t>(options.seed), static_cast<std::uint64_t>(replicate)};
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t from = random.below(x.size());
      drawn_x[i] = x[from];
      drawn_y[i] = y[from];
    }
    draws[0].push_back(spearman(drawn_x, drawn_y));
    draws[1].push_back(mapped_pearson(drawn_x, drawn_y));
    draws[2].push_back(pearson(drawn_x, drawn_y));
    draws[3].push_back(kendall(drawn_x, drawn_y));
  }
  const auto asked = static_cast<std::size_t>(options.replicates);
  return {.srocc = measured(spearman(x, y), std::move(draws[0]), asked),
          .plcc = measured(mapped_pearson(x, y), std::move(draws[1]), asked),
          .plcc_plain = measured(pearson(x, y), std::move(draws[2]), asked),
          .krcc = measured(kendall(x, y), std::move(draws[3]), asked),
          .n = static_cast<std::int64_t>(x.size())};
}

namespace {

/// Pairs with their images numbered from 0.
struct NumberedPairs {
  std::vector<PairValue> pairs;
  std::size_t images = 0;
};

NumberedPairs numbered(std::span<const PairValue> values) {
  std::unordered_map<std::size_t, std::size_t> numbers;
  NumberedPairs result;
  for (const PairValue& value : values) {
    const auto number = [&](std::size_t image) {
      return numbers.emplace(image, numbers.size()).first->second;
    };
    const std::size_t first = number(value.first), second = number(value.second);
    result.pairs.push_back({first, second, value.value});
  }
  result.images = numbers.size();
  return result;
}

}  // namespace

std::optional<MeasuredShare> measured_over_images(std::span<const PairValue> values,
                                                  const BootstrapOptions& options) {
  if (values.empty()) return std::nullopt;
  const NumberedPairs numbers = numbered(values);
  double sum = 0;
  bool is_even = true;
  for (const PairValue& pair : numbers.pairs) {
    sum += pair.value;
    is_even = is_even && pair.value == numbers.pairs[0].value;
  }
  MeasuredShare share{.value = sum / static_cast<double>(values.size()),
                      .n = static_cast<std::int64_t>(values.size())};
  if (is_even || numbers.images < kFewestImages) {
    std::vector<ClusteredValue> few;
    for (std::size_t i = 0; i < numbers.images; ++i)
      few.push_back({.value = share.value, .cluster = i});
    share.interval = measured_share(few, options)->interval;
    return share;
  }
  std::vector<double> means;
  for (std::int64_t replicate = 0; replicate < options.replicates; ++replicate) {
    Random random{static_cast<std::uint64_t>(options.seed), static_cast<std::uint64_t>(replicate)};
    std::vector<double> times(numbers.images);
    for (std::size_t i = 0; i < numbers.images; ++i) ++times[random.below(numbers.images)];
    double drawn = 0, weight = 0;
    for (const PairValue& pair : numbers.pairs) {
      const double together = times[pair.first] * times[pair.second];
      drawn += together * pair.value;
      weight += together;
    }
    if (weight > 0) means.push_back(drawn / weight);
  }
  if (means.empty()) means.push_back(share.value);
  share.interval = percentile_interval(std::move(means));
  return share;
}

}  // namespace juror
