#include "preference/list_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "preference/ranking_session.h"

namespace juror {

std::vector<std::vector<std::size_t>> lists_of_round(const Strengths& believed, std::size_t size,
                                                     std::uint64_t round, std::uint64_t seed) {
  const std::size_t n = believed.mean.size();
  Random random{seed, round, 0x6C697374};
  std::vector<double> drawn(n);
  for (std::size_t i = 0; i < n; ++i)
    drawn[i] = believed.mean[i] + std::sqrt(believed.variance[i]) * random.normal();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return drawn[a] > drawn[b]; });
  const std::size_t count = (n + size - 1) / size;
  std::vector<std::vector<std::size_t>> lists;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = begin + n / count + (i < n % count ? 1 : 0);
    lists.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                       order.begin() + static_cast<std::ptrdiff_t>(end));
    std::sort(lists.back().begin(), lists.back().end());
    begin = end;
  }
  return lists;
}

std::int64_t default_lists(std::size_t n, std::size_t size) {
  if (n <= size) return 1;
  const auto choices = static_cast<std::int64_t>(size) - 1;
  return (default_budget(n) + choices - 1) / choices;
}

}  // namespace juror
