// A given list of pairs, compared: the voter is kept busy until all have their votes. (A ranking,
// whose next pairs hang on the votes so far, is rank.h's.)
#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "judge/judge.h"

namespace juror {
namespace {

/// Cancels at the end, a throw included: what one call left open must not come out of the next.
class CancelAtEnd {
 public:
  explicit CancelAtEnd(Judge& judge) : judge_(judge) {}
  ~CancelAtEnd() { judge_.cancel(); }
  CancelAtEnd(const CancelAtEnd&) = delete;
  CancelAtEnd& operator=(const CancelAtEnd&) = delete;

 private:
  Judge& judge_;
};

}  // namespace

std::vector<Comparison> Judge::compare(const std::string& prompt,
                                       const std::vector<CandidateImage>& candidates,
                                       const std::vector<PairIndex>& pairs,
                                       const JudgeOptions& options, const Progress& progress) {
  const auto total = static_cast<std::int64_t>(pairs.size());
  std::map<std::size_t, std::size_t> places;  // comparison number -> index among the pairs
  std::map<std::size_t, Comparison> finished;
  const auto goes_on = [&] {
    return !progress || progress("comparing", static_cast<std::int64_t>(finished.size()), total);
  };
  const CancelAtEnd cancel_at_end(*this);
  std::size_t asked = 0;
  bool stopped =
      !goes_on();  // then nothing new is asked, and what is under way may come to its end
  auto give_up = std::chrono::steady_clock::time_point::max();
  while (finished.size() < (stopped ? asked : pairs.size())) {
    if (stopped && std::chrono::steady_clock::now() > give_up) break;
    for (; !stopped && asked < pairs.size() && has_room(); ++asked) {
      const auto [first, second] = pairs[asked];
      places[ask(prompt, candidates.at(first), candidates.at(second), options)] = asked;
    }
    if (std::optional<FinishedComparison> one = poll()) {
      if (one->refusal) throw Error(*one->refusal);
      const std::size_t place = places.at(one->number);
      one->comparison.pair = pairs[place];
      finished.emplace(place, std::move(one->comparison));
    }
    if (!stopped && !goes_on()) {
      stopped = true;
      give_up = std::chrono::steady_clock::now() + kStopGrace;
    }
  }
  std::vector<Comparison> comparisons;
  for (auto& [place, comparison] : finished) comparisons.push_back(std::move(comparison));
  return comparisons;
}

}  // namespace juror
