// "Did you mean": the nearest of a few words.
#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/option_text.h"

namespace juror {
namespace {

/// Lower case, and no difference between '-' and '_'.
std::string folded(std::string_view word) {
  std::string text(word);
  for (char& c : text)
    c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Fewest insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + differs});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string typed = folded(word);
  if (typed.empty() || typed.size() > 100) return "";
  std::string best;
  std::size_t best_cost =
      std::max<std::size_t>(1, typed.size() / 3) + 1;  // this far is no longer near
  for (const std::string& candidate : candidates) {
    const std::string known = folded(candidate);
    const bool begun = typed.size() >= 3 && known.starts_with(typed);
    const std::size_t cost = begun ? 1 : edit_distance(typed, known);
    if (cost >= best_cost) continue;
    best = candidate;
    best_cost = cost;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = suggest(word, candidates);
  return near.empty() ? "" : fmt::format(" Did you mean '{}'?", near);
}

}  // namespace juror
