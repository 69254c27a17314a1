#include "judge/judge.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "judge/shared_ratings.h"
#include "preference/rating_votes.h"
#include "text/unicode.h"

namespace juror {
namespace {

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

/// The candidates as they are shown: as given, or backwards.
std::vector<CandidateImage> in_order(const std::vector<CandidateImage>& candidates, bool swapped) {
  return swapped ? std::vector<CandidateImage>(candidates.rbegin(), candidates.rend()) : candidates;
}

}  // namespace

Judge::Judge(std::unique_ptr<Voter> voter, PromptTemplate prompt_template)
    : template_(std::move(prompt_template)),
      is_rating_(template_.format() == AnswerFormat::kRating),
      voter_(is_rating_ ? std::make_unique<SharedRatings>(std::move(voter)) : std::move(voter)) {}

CandidateImage Judge::prepare(const Image& image) const {
  CandidateImage candidate = cut_views(image, template_);
  for (const auto& view : candidate.views) voter_->check(view->image);
  return candidate;
}

std::size_t Judge::ask(const std::string& prompt, const CandidateImage& first,
                       const CandidateImage& second, const JudgeOptions& options) {
  OpenPair pair{.prompt = prompt, .candidates = {first, second}, .options = options};
  if (options.reads_first() && template_.format() != AnswerFormat::kScores)
    pair.stage = Stage::kForwardRead;
  return open(std::move(pair));
}

std::size_t Judge::ask_list(const std::string& prompt, std::vector<CandidateImage> candidates,
                            const JudgeOptions& options) {
  return open({.prompt = prompt, .candidates = std::move(candidates), .options = options});
}

std::size_t Judge::open(OpenPair pair) {
  const std::size_t number = asked_++;
  const auto place = open_.emplace(number, std::move(pair)).first;
  try {
    ask_round(number, place->second);
  } catch (...) {
    open_.erase(place);
    throw;
  }
  settle(number);
  return number;
}

/// Goes on with a pair that misses nothing: the next round, or its end.
void Judge::settle(std::size_t number) {
  while (true) {
    OpenPair& pair = open_.at(number);
    if (pair.missing > 0) return;
    if (!pair.refusal && goes_on(number, pair)) continue;
    finished_.push_back(finish(number));
    return;
  }
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
  const auto prepared = [&](std::span<const CandidateImage> shown) {
    Question question = make_question(template_, pair.prompt, shown, opening);
    question.votes = question.immediate ? 1 : votes;
    question.first_vote = pair.asked;
    question.seed = options.seed;
    question.sampling = options.sampling;
    return question;
  };
  if (is_rating_) {
    for (const std::size_t image : {0, 1})
      put(number, pair, prepared(std::span(&pair.candidates[image], 1)), image);
  } else {
    for (const bool swapped : orders_of(options))
      put(number, pair, prepared(in_order(pair.candidates, swapped)), swapped ? 1 : 0);
  }
  if (pair.stage == Stage::kVotes) pair.asked += votes;
}

/// Asks what each thought alone says: the question again with blank pictures, the thought given and
/// the answer left out.
void Judge::ask_listener(std::size_t number, OpenPair& pair) {
  std::vector<CandidateImage> blanks;
  for (const CandidateImage& candidate : pair.candidates) blanks.push_back(blank(candidate));
  for (std::size_t i = 0; i < pair.votes.size(); ++i) {
    const auto& [swapped, verdict, unheard] = pair.votes[i];
    if (verdict.thinking.empty() || std::isnan(verdict.p)) continue;
    Question question =
        make_question(template_, pair.prompt, in_order(blanks, swapped), Opening::kAnswer);
    // A thought that was cut may end inside a character.
    question.opening = template_.think_opening + lossy_utf8(verdict.thinking) + "</think>" +
                       template_.answer_opening;
    put(number, pair, std::move(question), i);
  }
}

std::optional<FinishedComparison> Judge::poll() {
  if (finished_.empty()) {
    if (std::optional<Votes> votes = voter_->poll()) {
      take(std::move(*votes));
    }
  }
  if (finished_.empty()) return std::nullopt;
  FinishedComparison finished = std::move(finished_.front());
  finished_.pop_front();
  return finished;
}

void Judge::take(Votes votes) {
  const auto asked = questions_.extract(votes.question);
  if (asked.empty()) return;
  const auto [number, index] = asked.mapped();
  const auto open = open_.find(number);
  if (open == open_.end()) return;  // the pair's other order was not accepted
  OpenPair& pair = open->second;
  if (votes.refusal) pair.refusal = votes.refusal;
  pair.costs.tokens += votes.prompt_tokens + votes.completion_tokens + votes.extra_tokens;
  if (pair.stage == Stage::kListening) {
    if (!votes.verdicts.empty()) pair.votes[index].listener_p = votes.verdicts.front().p;
  } else {
    pair.costs.prompt_tokens = votes.prompt_tokens;
    pair.costs.completion_tokens += votes.completion_tokens;
    for (Verdict& verdict : votes.verdicts) pair.verdicts[index].push_back(std::move(verdict));
  }
  --pair.missing;
  settle(number);
}

/// What the policy wants next of a pair whose questions are answered; false: nothing.
bool Judge::goes_on(std::size_t number, OpenPair& pair) {
  if (pair.stage == Stage::kListening) return false;
  const JudgeOptions& options = pair.options;
  pair.votes = is_rating_ ? votes_of_ratings(pair.verdicts, template_.score_temperature)
                          : votes_of(orders_of(options), pair.verdicts);
  if (pair.stage == Stage::kForwardRead) {
    if (!is_open(pair.votes, options)) return false;
    pair.stage = Stage::kVotes;
    pair.verdicts = {};  // thoughts count alone
    ask_round(number, pair);
    return true;
  }
  const bool thinks_aloud = options.thinks() || template_.format() == AnswerFormat::kScores;
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
  const auto orders = is_rating_ ? 1 : static_cast<std::int64_t>(orders_of(pair.options).size());
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
  finished_.clear();
}

std::optional<std::int64_t> Judge::prompt_tokens(const std::string& prompt,
                                                 std::span<const CandidateImage> shown,
                                                 bool think) const {
  if (is_rating_) shown = shown.first(1);  // each is shown by itself
  return voter_->prompt_tokens(make_question(template_, prompt, shown, opening_of(think)));
}

}  // namespace juror
