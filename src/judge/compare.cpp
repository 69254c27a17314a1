// A given list of pairs, compared: the voter is kept busy until all have their votes. (A ranking,
// whose next pairs hang on the votes so far, is rank.h's.)
#include <iterator>
#include <map>
#include <utility>

#include "judge/judge.h"
#include "judge/stop_grace.h"

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
  StopGrace grace(progress, "comparing");
  const auto tell = [&] { grace.tell(std::ssize(finished), total); };
  const CancelAtEnd cancel_at_end(*this);
  std::size_t asked = 0;
  tell();
  while (finished.size() < (grace.is_stopped() ? asked : pairs.size())) {
    if (grace.is_over()) break;
    for (; !grace.is_stopped() && asked < pairs.size() && has_room(); ++asked) {
      const auto [first, second] = pairs[asked];
      places[ask(prompt, candidates.at(first), candidates.at(second), options)] = asked;
    }
    if (std::optional<FinishedComparison> one = poll()) {
      if (one->refusal) throw Error(*one->refusal);
      const std::size_t place = places.at(one->number);
      one->comparison.pair = pairs[place];
      finished.emplace(place, std::move(one->comparison));
    }
    tell();
  }
  std::vector<Comparison> comparisons;
  for (auto& [place, comparison] : finished) comparisons.push_back(std::move(comparison));
  return comparisons;
}

}  // namespace juror
