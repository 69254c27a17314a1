#include "judge/remote/remote_voter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/trimmed.h"
#include "judge/remote/abilities.h"
#include "preference/decision.h"

namespace juror {
namespace {

constexpr double kMostWait_s = 0.1;  // so that Ctrl-C is heard
constexpr double kLongestBackoff_s = 60;
constexpr double kMostRetryAfter_s = 3600;
constexpr std::int64_t kForcedTokens = 32;  // that end a thought and open its answer

/// From the log-probs of the choices, or, where none were in sight, from the written answer.
void set_probability(Verdict& verdict, const CompletionToken& decision) {
  if (decision.has_choices) {
    const auto [first, second] = decision.choice_logprobs;
    verdict.p = choice_probability(first, second);
    verdict.choice_mass = std::min(1.0, std::exp(first) + std::exp(second));
  } else if (verdict.answer == "1" || verdict.answer == "2") {
    verdict.p = verdict.answer == "1" ? 1 : 0;
    verdict.p_from_answer = true;
  }
}

/// What the first token behind an opened answer says; not ok where no choice is in sight.
Verdict decided(const Question& question, const ChatChoice& choice) {
  if (decides_by_digits(question.format))
    return choice.first.digit_logprobs.empty()
               ? Verdict()
               : read_decision(question.shape(), choice.first.digit_logprobs);
  Verdict read;
  for (const CompletionToken& token : choice.completion.tokens) read.answer += token.bytes;
  read.answer = trimmed(read.answer);
  set_probability(read, choice.first);
  if (std::isnan(read.p)) return {};
  read.answer = read.p >= 0.5 ? "1" : "2";
  read.status = Status::kOk;
  return read;
}

}  // namespace

RemoteVoter::RemoteVoter(const RemoteOptions& options)
    : options_(options), server_(options), model_{options.judge_model} {}

void RemoteVoter::connect() {
  if (is_connected_) return;
  model_ = model_.id.empty() ? find_server_model(server_) : find_listed_model(server_, model_.id);
  const FoundAbilities found = find_abilities(server_, model_.id);
  abilities_ = found.abilities;
  tokens_to_connect_ = found.tokens;
  is_connected_ = true;
}

std::size_t RemoteVoter::ask(Question question) {
  connect();
  require(!question.immediate || abilities_.prefill != Prefill::kNone,
          "The judge at {} does not continue an answer that was begun, so --no-think cannot be "
          "read. Leave it out.",
          server_.url());
  const std::size_t number = asked_++;
  OpenQuestion& open = open_[number];
  open.question = std::move(question);
  const Question& asked = open.question;
  open.votes.question = number;
  open.votes.verdicts.resize(static_cast<std::size_t>(asked.immediate ? 1 : asked.votes));
  open.missing = static_cast<std::int64_t>(open.votes.verdicts.size());
  if (asked.immediate) {
    waiting_.push_back({.kind = CallKind::kImmediate,
                        .question = number,
                        .chat = {.prefill = asked.opening, .decision_only = true}});
  } else {
    enqueue_thoughts(number, 0, asked.votes);
  }
  return number;
}

bool RemoteVoter::asks_together(const Question& question) const {
  return abilities_.many_completions && question.sampling.temperature > 0;
}

/// Whether a vote that cannot be read is asked for its decision.
bool RemoteVoter::can_force(const Question& question) const {
  return question.format != AnswerFormat::kScores && abilities_.prefill != Prefill::kNone;
}

std::int64_t RemoteVoter::most_tokens(const Question& question, const ChatCall& call,
                                      CallKind kind) const {
  const std::int64_t prompt = prompts_.most(question), sampled = question.sampling.max_new_tokens;
  if (kind == CallKind::kThoughts) return prompt + call.completions * sampled;
  return prompt + 1 + (kind == CallKind::kForced ? sampled + kForcedTokens : 0);
}

/// Asks for one token on a picture. False where the server does not say what it takes.
bool RemoteVoter::measure(const std::shared_ptr<const Picture>& picture) {
  Question question = tiny_question();
  question.messages.back().content.push_back({.kind = ContentPart::kImage, .text = {}});
  question.pictures = {picture};
  question.candidate_ends = {1};
  const HttpResponse response =
      server_.exchange(server_.url(), chat_body(model_.id, abilities_, question, {}, uris_));
  if (response.status != 200) return false;
  try {
    const ChatAnswer answer = read_chat_answer(response.body, {});
    if (answer.prompt_tokens == 0) return false;
    tokens_to_connect_ += answer.prompt_tokens + answer.completion_tokens;
    prompts_.learn(question, answer.prompt_tokens);
  } catch (const Error&) {
    return false;
  }
  return true;
}

void RemoteVoter::measure_pictures(const Question& question) {
  for (const auto& picture : question.pictures) {
    if (can_measure_ && !prompts_.knows(*picture)) can_measure_ = measure(picture);
  }
}

std::int64_t RemoteVoter::most_tokens(const Question& question) {
  connect();
  if (asked_ == 0) measure_pictures(question);
  if (question.immediate)
    return tokens_to_connect_ + most_tokens(question, {}, CallKind::kImmediate);
  const std::int64_t together = asks_together(question) ? known_choices_ : 1;
  const std::int64_t calls = (question.votes + together - 1) / together;
  std::int64_t tokens = tokens_to_connect_ + (calls - 1) * prompts_.most(question) +
                        most_tokens(question, {.completions = question.votes}, CallKind::kThoughts);
  if (can_force(question)) tokens += question.votes * most_tokens(question, {}, CallKind::kForced);
  return tokens;
}

void RemoteVoter::enqueue_thoughts(std::size_t question, std::int64_t first, std::int64_t count) {
  const Question& asked = open_.at(question).question;
  const std::int64_t each = asks_together(asked) ? count : 1;
  for (std::int64_t sample = first; sample < first + count; sample += each) {
    Call call{.question = question, .chat = {.completions = each, .sample = sample}};
    if (abilities_.prefill != Prefill::kNone) call.chat.prefill = asked.opening;
    waiting_.push_back(std::move(call));
  }
}

bool RemoteVoter::has_room() const {
  return static_cast<std::int64_t>(waiting_.size()) < options_.judge_concurrency;
}

std::optional<Votes> RemoteVoter::poll() {
  if (finished_.empty() && !open_.empty()) {
    start_calls();
    for (const HttpResponse& response : server_.http().wait(seconds_to_wait())) {
      Call call = std::move(under_way_.extract(response.exchange).mapped());
      handle(std::move(call), response);
    }
    start_calls();
  }
  if (finished_.empty()) return std::nullopt;
  Votes votes = std::move(finished_.front());
  finished_.pop_front();
  return votes;
}

void RemoteVoter::cancel() {
  server_.http().cancel_all();
  under_way_.clear();
  waiting_.clear();
  open_.clear();
  finished_.clear();
}

void RemoteVoter::start_calls() {
  const Clock::time_point now = Clock::now();
  for (auto call = waiting_.begin(); call != waiting_.end();) {
    if (static_cast<std::int64_t>(server_.http().active()) >= options_.judge_concurrency) return;
    const auto open = open_.find(call->question);
    if (open == open_.end()) {  // refused meanwhile
      call = waiting_.erase(call);
    } else if (call->not_before > now) {
      ++call;
    } else {
      const std::size_t exchange = server_.http().start(
          server_.url(),
          chat_body(model_.id, abilities_, open->second.question, call->chat, uris_));
      under_way_.emplace(exchange, std::move(*call));
      call = waiting_.erase(call);
    }
  }
}

double RemoteVoter::seconds_to_wait() const {
  double wait_s = kMostWait_s;
  for (const Call& call : waiting_) {
    const double left = std::chrono::duration<double>(call.not_before - Clock::now()).count();
    if (left > 0) wait_s = std::min(wait_s, left);
  }
  return wait_s;
}

void RemoteVoter::handle(Call call, const HttpResponse& response) {
  if (!open_.contains(call.question)) return;
  if (response.status == 0) return retry(std::move(call), response.fault, -1);
  if (is_transient(response.status)) {
    return retry(std::move(call),
                 fmt::format("status {}, {}", response.status, error_text(response.body)),
                 response.retry_after_s);
  }
  if (response.status != 200) return refuse(call, response);
  std::optional<ChatAnswer> answer;
  try {
    answer = read_chat_answer(response.body, call.chat.prefill);
  } catch (const Error& error) {
    return retry(std::move(call), fmt::format("its answer cannot be read, {}", error.what()), -1);
  }
  take(call, *answer);
}

void RemoteVoter::retry(Call call, const std::string& reason, double retry_after_s) {
  if (++call.failures > options_.judge_retries)
    server_.fail(0, fmt::format("{} ({} tries)", reason, call.failures), model_.id);
  Random random{0x6A697474, retries_++};
  const double doubled =
      options_.judge_backoff_s * std::exp2(static_cast<double>(call.failures - 1));
  double wait_s = std::min(doubled, kLongestBackoff_s) * random.uniform(0.5, 1.0);
  wait_s = std::max(wait_s, std::min(retry_after_s, kMostRetryAfter_s));
  call.not_before = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(wait_s));
  log(LogLevel::kDebug, fmt::format("The judge at {}: {}; again in {:.1f} s.", server_.url(),
                                    server_.without_key(reason), wait_s));
  waiting_.push_front(std::move(call));
}

void RemoteVoter::refuse(const Call& call, const HttpResponse& response) {
  const std::string text = error_text(response.body);
  const int status = response.status;
  if (status != 400 && status != 413 && status != 422) server_.fail(status, text, model_.id);
  Votes votes{.question = call.question, .verdicts = {}};
  votes.refusal = Error(fmt::format("The judge at {} refuses this question ({}): {}", server_.url(),
                                    response.status, server_.without_key(text)));
  open_.erase(call.question);
  finished_.push_back(std::move(votes));
}

/// Adds what a request took, as the server counted it; where it does not, the most it can be.
void RemoteVoter::count(const Call& call, OpenQuestion& open, const ChatAnswer& answer) {
  if (answer.prompt_tokens == 0) {
    open.tokens += most_tokens(open.question, call.chat, call.kind);
    if (!std::exchange(is_told_of_usage_, true))
      log_warning(fmt::format(
          "The judge at {} does not say how many tokens its answers take: the most that "
          "they can is counted.",
          server_.url()));
    return;
  }
  open.tokens += answer.prompt_tokens + answer.completion_tokens;
  if (call.kind == CallKind::kForced || prompts_.learn(open.question, answer.prompt_tokens)) return;
  log_warning(
      fmt::format("The judge at {} counts {} tokens for a prompt that was held to take fewer: from "
                  "now on prompts like it are held to take more.",
                  server_.url(), answer.prompt_tokens));
}

void RemoteVoter::finish(std::size_t question) {
  OpenQuestion open = std::move(open_.extract(question).mapped());
  open.votes.extra_tokens = open.tokens + std::exchange(tokens_to_connect_, 0) -
                            open.votes.prompt_tokens - open.votes.completion_tokens;
  finished_.push_back(std::move(open.votes));
}

void RemoteVoter::take(const Call& call, const ChatAnswer& answer) {
  OpenQuestion& open = open_.at(call.question);
  count(call, open, answer);
  if (call.kind == CallKind::kThoughts) {
    take_thoughts(call, open, answer);
  } else {
    open.votes.prompt_tokens = std::max(
        open.votes.prompt_tokens, call.kind == CallKind::kImmediate ? answer.prompt_tokens : 0);
    take_decision(call, open, answer.choices.front());
  }
  if (open.missing == 0) finish(call.question);
}

void RemoteVoter::take_thoughts(const Call& call, OpenQuestion& open, const ChatAnswer& answer) {
  const Question& question = open.question;
  open.votes.prompt_tokens = answer.prompt_tokens;
  open.votes.completion_tokens += answer.completion_tokens;
  const auto got = std::min<std::int64_t>(call.chat.completions,
                                          static_cast<std::int64_t>(answer.choices.size()));
  for (std::int64_t k = 0; k < got; ++k) {
    const CompletionText& completion = answer.choices[static_cast<std::size_t>(k)].completion;
    const ParsedCompletion parsed = parse_completion(completion, question.shape());
    Verdict& verdict = open.votes.verdicts.at(static_cast<std::size_t>(call.chat.sample + k));
    verdict = parsed.verdict;
    if (verdict.status != Status::kOk && can_force(question)) {
      waiting_.push_front({.kind = CallKind::kForced,
                           .question = call.question,
                           .chat = {.prefill = forced_text(completion),
                                    .sample = call.chat.sample + k,
                                    .decision_only = true}});
      continue;
    }
    --open.missing;
    if (verdict.status == Status::kOk && question.format == AnswerFormat::kChoice)
      set_probability(verdict,
                      completion.tokens.at(static_cast<std::size_t>(parsed.decision_token)));
  }
  if (got == call.chat.completions) {
    known_choices_ = std::max(known_choices_, got);
  } else {  // the server gave fewer than were asked for
    known_choices_ = std::max<std::int64_t>(got, 1);
    enqueue_thoughts(call.question, call.chat.sample + got, call.chat.completions - got);
  }
}

void RemoteVoter::take_decision(const Call& call, OpenQuestion& open, const ChatChoice& choice) {
  Verdict& verdict = open.votes.verdicts.at(static_cast<std::size_t>(call.chat.sample));
  --open.missing;
  Verdict read = decided(open.question, choice);
  if (read.status != Status::kOk) return;  // no choice was in sight: it stays as it was
  read.thinking = verdict.thinking;
  read.status = call.kind == CallKind::kForced ? Status::kForced : Status::kOk;
  verdict = std::move(read);
}

}  // namespace juror
