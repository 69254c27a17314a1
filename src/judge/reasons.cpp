#include "judge/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "base/trimmed.h"

namespace juror {
namespace {

/// The words of a text as sorted numbers, which `words` gives out.
std::vector<int> word_numbers(std::string_view text, std::map<std::string, int>& words) {
  std::vector<int> numbers;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty())
      numbers.push_back(words.emplace(word, static_cast<int>(words.size())).first->second);
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0) {
      word += static_cast<char>(std::tolower(byte));
    } else {
      end_word();
    }
  }
  end_word();
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

/// Dice's coefficient of two sorted lists: twice what they share over what they have. Source: Dice
/// 1945, for multisets.
double overlap(const std::vector<int>& a, const std::vector<int>& b) {
  if (a.empty() && b.empty()) return 1;
  std::size_t shared = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++shared;
    const bool a_first = a[i] <= b[j], b_first = b[j] <= a[i];
    i += a_first ? 1 : 0;
    j += b_first ? 1 : 0;
  }
  return 2.0 * static_cast<double>(shared) / static_cast<double>(a.size() + b.size());
}

bool agrees(const Vote& vote, const PairResult& result) {
  const double p = own_p(vote);
  return !std::isnan(p) && (result.tie || (p - 0.5) * (result.p - 0.5) > 0);
}

}  // namespace

std::optional<std::array<std::string, 2>> image_remarks(std::string_view thinking) {
  auto remarks = list_remarks(thinking, 2);
  if (!remarks) return std::nullopt;
  return std::array<std::string, 2>{std::move((*remarks)[0]), std::move((*remarks)[1])};
}

std::optional<std::vector<std::string>> list_remarks(std::string_view thinking,
                                                     std::size_t images) {
  std::vector<std::string> remarks;
  for (std::size_t image = 1; image <= images; ++image) {
    const std::string marker = fmt::format("Image {}:", image);
    const std::size_t begin = thinking.find(marker);
    if (begin == std::string_view::npos) return std::nullopt;
    if (image > 1) remarks.push_back(trimmed(thinking.substr(0, begin)));
    thinking.remove_prefix(begin + marker.size());
  }
  remarks.push_back(trimmed(thinking));
  return remarks;
}

const Vote* typical_vote(std::span<const Vote> votes, double p) {
  const Vote* best = nullptr;
  double nearest = 2;
  for (const Vote& vote : votes) {
    const double own = own_p(vote);
    if (vote.verdict.thinking.empty() || std::isnan(own) || std::abs(own - p) >= nearest) continue;
    nearest = std::abs(own - p);
    best = &vote;
  }
  return best;
}

std::size_t most_typical(std::span<const std::string> texts) {
  std::map<std::string, double> counts;  // equal texts are looked at once
  for (const std::string& text : texts) ++counts[text];
  std::map<std::string, int> words;
  std::vector<std::vector<int>> numbers;
  for (const auto& [text, count] : counts) numbers.push_back(word_numbers(text, words));
  std::map<std::string_view, double> sums;
  std::size_t i = 0;
  for (const auto& [text, count] : counts) {
    std::size_t j = 0;
    double sum = -1;  // with itself
    for (const auto& [other, others] : counts) sum += others * overlap(numbers[i], numbers[j++]);
    sums[text] = sum;
    ++i;
  }
  std::size_t best = 0;
  for (std::size_t k = 1; k < texts.size(); ++k) {
    if (sums[texts[k]] > sums[texts[best]]) best = k;
  }
  return best;
}

std::vector<std::string> image_reasons(std::size_t n, std::span<const Comparison> comparisons) {
  std::vector<std::vector<std::string>> said(n);
  for (const Comparison& comparison : comparisons) {
    for (const Vote& vote : comparison.votes) {
      const auto remarks = image_remarks(vote.verdict.thinking);
      if (!remarks || !agrees(vote, comparison.result)) continue;
      const auto [first, second] = comparison.pair;
      said.at(vote.swapped ? second : first).push_back((*remarks)[0]);
      said.at(vote.swapped ? first : second).push_back((*remarks)[1]);
    }
  }
  std::vector<std::string> reasons(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (!said[i].empty()) reasons[i] = said[i][most_typical(said[i])];
  }
  return reasons;
}

}  // namespace juror
