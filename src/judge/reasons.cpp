#include "judge/reasons.h"

#include <cmath>

namespace juror {
namespace {

constexpr std::array<std::string_view, 2> kMarkers = {"Image 1:", "Image 2:"};

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

}  // namespace

std::optional<std::array<std::string, 2>> image_remarks(std::string_view thinking) {
  const std::size_t first = thinking.find(kMarkers[0]);
  const std::size_t second = thinking.find(kMarkers[1]);
  if (first == std::string_view::npos || second == std::string_view::npos || second < first)
    return std::nullopt;
  const std::size_t begin = first + kMarkers[0].size();
  return std::array<std::string, 2>{trimmed(thinking.substr(begin, second - begin)),
                                    trimmed(thinking.substr(second + kMarkers[1].size()))};
}

const Vote* typical_vote(std::span<const Vote> votes, double p) {
  const Vote* best = nullptr;
  double nearest = 2;
  for (const Vote& vote : votes) {
    const double own = vote.swapped ? 1 - vote.verdict.p : vote.verdict.p;
    if (vote.verdict.thinking.empty() || std::isnan(own) || std::abs(own - p) >= nearest) continue;
    nearest = std::abs(own - p);
    best = &vote;
  }
  return best;
}

}  // namespace juror
