#include "judge/judge.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace juror {
namespace {

constexpr std::chrono::seconds kGrace{5};  // for what is under way when somebody asks to stop

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

/// The votes of both orders, order by order.
std::vector<Vote> votes_of(const std::vector<bool>& orders,
                           const std::array<std::vector<Verdict>, 2>& verdicts) {
  std::vector<Vote> votes;
  for (const bool swapped : orders) {
    for (const Verdict& verdict : verdicts[swapped ? 1 : 0])
      votes.push_back({.swapped = swapped, .verdict = verdict});
  }
  return votes;
}

/// Whether the thought alone speaks for the other image than the answer, by a lead that counts.
bool contradicts(const Vote& vote) {
  constexpr double kLead = 0.1;
  const double heard = vote.listener_p - 0.5;  // false for NaN
  return std::abs(heard) > kLead && (heard > 0) != (vote.verdict.p > 0.5);
}

}  // namespace

CandidateImage Judge::prepare(const Image& image) const {
  CandidateImage candidate = cut_views(image, template_);
  for (const auto& view : candidate.views) voter_->check(view->image);
  return candidate;
}

std::size_t Judge::ask(const std::string& prompt, const CandidateImage& first,
                       const CandidateImage& second, const JudgeOptions& options) {
  const std::size_t number = asked_++;
  OpenPair pair{.prompt = prompt, .candidates = {first, second}, .options = options};
  if (options.reads_first() && template_.format() == AnswerFormat::kChoice)
    pair.stage = Stage::kForwardRead;
  ask_round(number, pair);
  open_.emplace(number, std::move(pair));
  return number;
}

void Judge::put(std::size_t number, OpenPair& pair, Question question, std::size_t index) {
  questions_[voter_->ask(std::move(question))] = {number, index};
  ++pair.missing;
}

/// Asks both orders for a forward read, or for as many votes as a round has.
void Judge::ask_round(std::size_t number, OpenPair& pair) {
  const JudgeOptions& options = pair.options;
  const Opening opening = opening_of(pair.stage == Stage::kForwardRead ? false : options.thinks());
  const std::int64_t votes =
      std::min(options.votes_a_round(), options.votes_an_order() - pair.asked);
  for (const bool swapped : orders_of(options)) {
    Question question = pair_question(template_, pair.prompt, pair.candidates[swapped ? 1 : 0],
                                      pair.candidates[swapped ? 0 : 1], opening);
    question.votes = question.immediate ? 1 : votes;
    question.first_vote = pair.asked;
    question.seed = options.seed;
    question.sampling = options.sampling;
    put(number, pair, std::move(question), swapped ? 1 : 0);
  }
  if (pair.stage == Stage::kVotes) pair.asked += votes;
}

/// Asks what each thought alone says: the question again with blank pictures, the thought given and
/// the answer left out.
void Judge::ask_listener(std::size_t number, OpenPair& pair) {
  const std::array<CandidateImage, 2> blanks = {blank(pair.candidates[0]),
                                                blank(pair.candidates[1])};
  for (std::size_t i = 0; i < pair.votes.size(); ++i) {
    const auto& [swapped, verdict, unheard] = pair.votes[i];
    if (verdict.thinking.empty() || std::isnan(verdict.p)) continue;
    Question question = pair_question(template_, pair.prompt, blanks[swapped ? 1 : 0],
                                      blanks[swapped ? 0 : 1], Opening::kAnswer);
    question.opening =
        template_.think_opening + verdict.thinking + "</think>" + template_.answer_opening;
    put(number, pair, std::move(question), i);
  }
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
  OpenPair& pair = open->second;
  take(pair, place.index, std::move(*votes));
  if (--pair.missing > 0 || (!pair.refusal && goes_on(place.pair, pair))) return std::nullopt;
  return finish(place.pair);
}

void Judge::take(OpenPair& pair, std::size_t index, Votes votes) {
  if (votes.refusal) pair.refusal = votes.refusal;
  pair.costs.tokens += votes.prompt_tokens + votes.completion_tokens;
  if (pair.stage == Stage::kListening) {
    if (!votes.verdicts.empty()) pair.votes[index].listener_p = votes.verdicts.front().p;
    return;
  }
  pair.costs.prompt_tokens = votes.prompt_tokens;
  pair.costs.completion_tokens += votes.completion_tokens;
  for (Verdict& verdict : votes.verdicts) pair.verdicts[index].push_back(std::move(verdict));
}

/// What the policy wants next of a pair whose questions are answered; false: nothing.
bool Judge::goes_on(std::size_t number, OpenPair& pair) {
  if (pair.stage == Stage::kListening) return false;
  const JudgeOptions& options = pair.options;
  pair.votes = votes_of(orders_of(options), pair.verdicts);
  if (pair.stage == Stage::kForwardRead) {
    if (!is_open(pair.votes, options)) return false;
    pair.stage = Stage::kVotes;
    pair.verdicts = {};  // thoughts count alone
    ask_round(number, pair);
    return true;
  }
  const bool thinks_aloud = options.thinks() || template_.format() != AnswerFormat::kChoice;
  if (thinks_aloud && pair.asked < options.votes_an_order() &&
      !should_stop(pair.votes, options.early_stop)) {
    ask_round(number, pair);
    return true;
  }
  if (!options.listener_check || template_.format() != AnswerFormat::kChoice) return false;
  pair.stage = Stage::kListening;
  ask_listener(number, pair);
  return pair.missing > 0;
}

FinishedComparison Judge::finish(std::size_t number) {
  OpenPair pair = std::move(open_.extract(number).mapped());
  FinishedComparison finished{
      .number = number, .comparison = std::move(pair.costs), .refusal = pair.refusal};
  Comparison& comparison = finished.comparison;
  const auto orders = static_cast<std::int64_t>(orders_of(pair.options).size());
  if (pair.stage != Stage::kForwardRead && pair.options.thinks() && !pair.refusal)
    comparison.votes_saved = orders * (pair.options.votes_an_order() - pair.asked);
  for (const Vote& vote : pair.votes) {
    comparison.listened += std::isnan(vote.listener_p) ? 0 : 1;
    comparison.contradictions += contradicts(vote) ? 1 : 0;
  }
  comparison.votes = std::move(pair.votes);
  comparison.result = fold_votes(comparison.votes, pair.options.pair);
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
