#include "serve/rank_work.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/option_text.h"
#include "judge/calibration_file.h"
#include "judge/reasons.h"
#include "serve/http/message.h"
#include "serve/sha256.h"

namespace juror {

std::string task_key(const RankTask& task) {
  std::string text =
      fmt::format("{}\n{}\n{}:{}\n{}\n{}\n", task.model, task.judge.seed, task.prompt.size(),
                  task.prompt, task.ranking.seed, task.is_top_k_usual);
  text += options_toml(task.judge) + options_toml(task.session) + options_toml(task.ranking);
  for (const auto& picture : task.pictures) text += picture->hash + "\n";
  return sha256(text);
}

RankWork::RankWork(RankTask task, Judge& judge, const PictureCheck& check,
                   const Calibration& calibration)
    : task_(std::move(task)), judge_(judge), calibration_(calibration) {
  for (std::size_t i = 0; i < task_.pictures.size(); ++i) {
    try {
      for (const auto& view : task_.pictures[i]->candidate.views)
        if (check) check(view->image);
      shown_.push_back(i);
    } catch (const Error& error) {
      refused_[i] = error.what();
    }
  }
  if (shown_.size() < 2)
    throw HttpError(422, "too_few_images",
                    refused_.empty()
                        ? "A ranking needs two pictures or more."
                        : "A ranking needs two pictures or more: " + refused_.begin()->second);
  SessionOptions options = task_.session;
  if (task_.is_top_k_usual && options.stop_top_k >= std::ssize(shown_)) options.stop_top_k = 0;
  try {
    session_.emplace(shown_.size(), options, task_.ranking);
  } catch (const Error& error) {
    throw HttpError(422, "bad_value", error.what());
  }
}

double RankWork::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
}

std::int64_t RankWork::most_tokens(const PairIndex& pair) {
  const CandidateImage shown[] = {task_.pictures[shown_[pair.first]]->candidate,
                                  task_.pictures[shown_[pair.second]]->candidate};
  return judge_.most_tokens(task_.prompt, shown, task_.judge);
}

bool RankWork::wants_more() {
  if (session_->is_time_up(seconds())) return false;
  if (next_) return true;
  const std::vector<PairIndex> pairs =
      session_->next(1, seconds(), [&](const PairIndex& pair) { return most_tokens(pair); });
  if (!pairs.empty()) next_ = pairs.front();
  return next_.has_value();
}

std::size_t RankWork::ask_next() {
  const PairIndex pair = next_.value();
  const ServedPicture &first = *task_.pictures[shown_[pair.first]],
                      &second = *task_.pictures[shown_[pair.second]];
  const std::size_t number =
      judge_.ask(task_.prompt, first.candidate, second.candidate, task_.judge);
  asked_[number] = pair;
  next_.reset();
  return number;
}

void RankWork::take(std::size_t number, Comparison comparison) {
  const PairIndex pair = asked_.at(number);
  session_->tell(pair, reads_of(comparison.votes), comparison.tokens);
  comparison.pair = {shown_[pair.first], shown_[pair.second]};
  comparisons_.push_back(std::move(comparison));
}

bool RankWork::is_done() {
  if (session_->is_time_up(seconds())) {
    session_->next(0, seconds());  // that its time was up is then why it stopped
    return true;
  }
  return !wants_more() && session_->stopped() && session_->missing() == 0;
}

void RankWork::require_bought() const {
  if (!comparisons_.empty()) return;
  throw HttpError(
      422, "no_comparison",
      session_->stopped() == StopReason::kSeconds
          ? "No comparison was bought: budget_seconds was over before the first one ended."
          : fmt::format("No comparison was bought: the first may take {} tokens, more than "
                        "budget_tokens. Fewer are taken with effort low, fewer votes or a smaller "
                        "max_new_tokens.",
                        session_->tokens_of_next()));
}

RankOutcome RankWork::outcome() const {
  require_bought();
  RankOutcome outcome{.shown = shown_,
                      .refused = refused_,
                      .ranking = session_->ranking(),
                      .comparisons = comparisons_,
                      .stopped = session_->stopped().value_or(StopReason::kAllPairs),
                      .possible_pairs = shown_.size() * (shown_.size() - 1) / 2};
  std::sort(outcome.comparisons.begin(), outcome.comparisons.end(),
            [](const Comparison& a, const Comparison& b) {
              return std::pair(a.pair.first, a.pair.second) <
                     std::pair(b.pair.first, b.pair.second);
            });
  outcome.reasons = image_reasons(task_.pictures.size(), outcome.comparisons);
  for (Comparison& comparison : outcome.comparisons) {
    outcome.prompt_tokens += comparison.tokens - comparison.completion_tokens;
    outcome.completion_tokens += comparison.completion_tokens;
    comparison.result = calibrated(comparison.result, calibration_);
  }
  return outcome;
}

}  // namespace juror
