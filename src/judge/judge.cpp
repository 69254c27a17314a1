#include "judge/judge.h"

#include <chrono>
#include <utility>

namespace juror {
namespace {

constexpr std::chrono::seconds kGrace{5};  // for what is under way when somebody asks to stop

std::vector<bool> orders_of(const std::string& orders) {
  if (orders == "given") return {false};
  if (orders == "swapped") return {true};
  return {false, true};
}

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

Opening opening_of(bool think) { return think ? Opening::kThink : Opening::kAnswer; }

}  // namespace

CandidateImage Judge::prepare(const Image& image) const {
  CandidateImage candidate = cut_views(image, template_);
  for (const auto& view : candidate.views) voter_->check(view->image);
  return candidate;
}

std::size_t Judge::ask(const std::string& prompt, const CandidateImage& first,
                       const CandidateImage& second, const JudgeOptions& options) {
  const std::size_t number = asked_++;
  OpenPair pair{.options = options.pair, .orders = orders_of(options.orders), .votes = {}};
  pair.votes.resize(pair.orders.size());
  pair.missing = pair.orders.size();
  for (std::size_t order = 0; order < pair.orders.size(); ++order) {
    const bool swapped = pair.orders[order];
    Question question = pair_question(template_, prompt, swapped ? second : first,
                                      swapped ? first : second, opening_of(options.think));
    question.votes = question.immediate ? 1 : options.votes;
    question.seed = options.seed;
    question.sampling = options.sampling;
    questions_[voter_->ask(std::move(question))] = {number, order};
  }
  open_.emplace(number, std::move(pair));
  return number;
}

std::optional<FinishedComparison> Judge::poll() {
  std::optional<Votes> votes = voter_->poll();
  if (!votes) return std::nullopt;
  const auto asked = questions_.find(votes->question);
  if (asked == questions_.end()) return std::nullopt;  // the pair's other order was not accepted
  const Place place = asked->second;
  questions_.erase(asked);
  const auto open = open_.find(place.pair);
  if (open == open_.end()) return std::nullopt;
  open->second.votes[place.order] = std::move(*votes);
  if (--open->second.missing > 0) return std::nullopt;
  return finish(place.pair);
}

FinishedComparison Judge::finish(std::size_t number) {
  const OpenPair pair = std::move(open_.extract(number).mapped());
  FinishedComparison finished{.number = number, .comparison = {}, .refusal = {}};
  Comparison& comparison = finished.comparison;
  for (std::size_t order = 0; order < pair.orders.size(); ++order) {
    const Votes& votes = pair.votes[order];
    if (votes.refusal) finished.refusal = votes.refusal;
    comparison.prompt_tokens = votes.prompt_tokens;
    comparison.completion_tokens += votes.completion_tokens;
    for (const Verdict& verdict : votes.verdicts)
      comparison.votes.push_back({.swapped = pair.orders[order], .verdict = verdict});
  }
  comparison.result = fold_votes(comparison.votes, pair.options);
  counts_.add(comparison.result);
  return finished;
}

void Judge::cancel() {
  voter_->cancel();
  open_.clear();
  questions_.clear();
}

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
      give_up = std::chrono::steady_clock::now() + kGrace;
    }
  }
  std::vector<Comparison> comparisons;
  for (auto& [place, comparison] : finished) comparisons.push_back(std::move(comparison));
  return comparisons;
}

std::optional<std::int64_t> Judge::prompt_tokens(const std::string& prompt,
                                                 const CandidateImage& first,
                                                 const CandidateImage& second, bool think) const {
  return voter_->prompt_tokens(pair_question(template_, prompt, first, second, opening_of(think)));
}

}  // namespace juror
