#include "judge/remote/remote_voter.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"

namespace juror {
namespace {

constexpr double kMostWait_s = 0.1;  // so that Ctrl-C is heard
constexpr double kLongestBackoff_s = 60;
constexpr double kMostRetryAfter_s = 3600;

bool is_transient(int status) { return status == 408 || status == 429 || status >= 500; }

std::string read_key(const std::string& file) {
  if (file.empty()) return {};
  std::string key = read_file(file);
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' '))
    key.pop_back();
  const bool is_plain =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 32 && c < 127; });
  require(!key.empty() && is_plain,
          "'{}' is no API key: one line without spaces is expected, and nothing else.", file);
  return key;
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// A question without pictures, for the tiny requests that find out what a server can do.
Question tiny_question() {
  Question question{
      .messages = {{.role = "user",
                    .content = {{.kind = ContentPart::kText, .text = "Answer with 1 or 2."}}}},
      .pictures = {},
      .candidate_ends = {},
      .opening = {},
      .sampling = {}};
  question.sampling.max_new_tokens = 1;
  return question;
}

/// From the log-probs of the choices, or, where none were in sight, from the written answer.
void set_probability(Verdict& verdict, const std::array<double, 2>& logprobs) {
  if (!std::isnan(logprobs[0])) {
    verdict.p = choice_probability(logprobs[0], logprobs[1]);
    verdict.choice_mass = std::min(1.0, std::exp(logprobs[0]) + std::exp(logprobs[1]));
  } else if (verdict.answer == "1" || verdict.answer == "2") {
    verdict.p = verdict.answer == "1" ? 1 : 0;
    verdict.p_from_answer = true;
  }
}

}  // namespace

std::string chat_url(const std::string& judge_url) {
  std::string url = judge_url;
  while (url.ends_with('/')) url.pop_back();
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  require(is_http && url.size() > host && url.find_first_of(" ?#\"\n") == std::string::npos,
          "--judge-url is '{}', and an address such as http://localhost:8000 is expected.",
          judge_url);
  const std::size_t path = url.find('/', host);
  require(url.find('@', host) >= path,
          "--judge-url holds a name or password before '@'; give a key by --judge-api-key-file.");
  if (url.ends_with("/chat/completions")) return url;
  return url + (path == std::string::npos ? "/v1" : "") + "/chat/completions";
}

RemoteVoter::RemoteVoter(const RemoteOptions& options)
    : options_(options),
      url_(chat_url(options.judge_url)),
      key_(read_key(options.judge_api_key_file)),
      model_(options.judge_model),
      http_(std::make_unique<HttpClient>(
          HttpOptions{.bearer_token = key_, .timeout_s = options.judge_timeout_s})) {}

std::string RemoteVoter::without_key(std::string text) const {
  for (std::size_t at = 0; !key_.empty() && (at = text.find(key_, at)) != std::string::npos;)
    text.replace(at, key_.size(), "***");
  return text;
}

void RemoteVoter::fail(int status, const std::string& text) const {
  const std::string said = without_key(text);
  if (status == 401 || status == 403)
    throw Error(
        fmt::format("The judge at {} refuses the key ({}): {} Give the right one by "
                    "--judge-api-key-file.",
                    url_, status, said));
  if (status == 404)
    throw Error(
        fmt::format("The judge at {} knows no such address or model ('{}', 404): {} See "
                    "--judge-url and --judge-model.",
                    url_, model_, said));
  if (status > 0 && !is_transient(status))
    throw Error(fmt::format("The judge at {} refuses what is asked ({}): {}", url_, status, said));
  throw Error(
      fmt::format(
          "The judge at {} does not answer: {}. Look whether it runs and is reachable, then "
          "start again; juror eval --resume keeps what is finished.",
          url_, said),
      ErrorKind::kNetwork);
}

// ---- what the server can do ----

HttpResponse RemoteVoter::exchange(const std::string& url, const std::optional<std::string>& body) {
  for (std::int64_t failures = 0;; ++failures) {
    http_->start(url, body);
    std::vector<HttpResponse> responses;
    while (responses.empty()) responses = wait(kMostWait_s);
    HttpResponse& response = responses.front();
    const bool is_final = response.status > 0 && !is_transient(response.status);
    if (is_final) return std::move(response);
    const std::string reason =
        response.status > 0 ? fmt::format("status {}", response.status) : response.fault;
    if (response.refused || failures >= options_.judge_retries) fail(0, reason);
    const double wait_s =
        std::max(response.retry_after_s,
                 options_.judge_backoff_s * std::exp2(static_cast<double>(failures)));
    const auto end =
        Clock::now() + std::chrono::duration<double>(std::min(wait_s, kLongestBackoff_s));
    while (Clock::now() < end) wait(kMostWait_s);
  }
}

/// A moment's wait for answers, unless somebody asked to stop.
std::vector<HttpResponse> RemoteVoter::wait(double seconds) {
  if (options_.goes_on && !options_.goes_on())
    throw Error(fmt::format("Stopped while waiting for the judge at {}.", url_),
                ErrorKind::kNetwork);
  return http_->wait(seconds);
}

void RemoteVoter::connect() {
  if (is_connected_) return;
  if (model_.empty()) find_model();
  find_abilities();
  is_connected_ = true;
}

void RemoteVoter::find_model() {
  const std::string url =
      url_.substr(0, url_.size() - std::string("chat/completions").size()) + "models";
  const HttpResponse response = exchange(url, {});
  if (response.status == 401 || response.status == 403)
    fail(response.status, error_text(response.body));
  const std::vector<std::string> models = read_models(response.body);
  require(models.size() == 1, "{} lists {} models{}. Name one by --judge-model.", url,
          models.size(), models.empty() ? "" : fmt::format(": {}", fmt::join(models, ", ")));
  model_ = models.front();
}

std::optional<ChatAnswer> RemoteVoter::probe(const ServerAbilities& abilities,
                                             const ChatCall& call) {
  const HttpResponse response =
      exchange(url_, chat_body(model_, abilities, tiny_question(), call, uris_));
  if (response.status == 400 || response.status == 422 || response.status == 501) {
    refusal_ = without_key(error_text(response.body));
    return std::nullopt;
  }
  if (response.status != 200) fail(response.status, error_text(response.body));
  try {
    return read_chat_answer(response.body, call.prefill);
  } catch (const Error& error) {
    fail(0, fmt::format("its answer cannot be read: {}", error.what()));
  }
}

void RemoteVoter::find_abilities() {
  const std::pair<std::int64_t, std::int64_t> tries[] = {{2, 20}, {1, 20}, {1, 5}, {1, 0}};
  std::optional<ChatAnswer> answer;
  for (const auto& [completions, top_logprobs] : tries) {
    abilities_ = {.top_logprobs = top_logprobs};
    answer = probe(abilities_, {.completions = completions});
    if (!answer) continue;
    abilities_.many_completions = completions > 1 && answer->choices.size() == 2;
    break;
  }
  require(answer.has_value(), "The judge at {} refuses the plainest request to the model '{}': {}",
          url_, model_, refusal_);
  if (!answer->choices.front().has_logprobs) abilities_.top_logprobs = 0;
  find_prefill();
  if (abilities_.top_logprobs == 0)
    log_warning(
        fmt::format("The judge at {} gives no log-probs: each vote's p is 0 or 1, by its "
                    "answer alone.",
                    url_));
  if (abilities_.prefill == Prefill::kNone)
    log_warning(
        fmt::format("The judge at {} does not continue an answer that was begun: votes "
                    "that cannot be read stay unread.",
                    url_));
}

/// A turn that was begun with one token makes the prompt one token longer (two, where "1" takes
/// two); one that is closed and followed by another turn several.
void RemoteVoter::find_prefill() {
  const std::optional<ChatAnswer> plain = probe(abilities_, {});
  if (!plain || plain->prompt_tokens == 0) return;
  for (const Prefill prefill : {Prefill::kPlain, Prefill::kFlagged}) {
    ServerAbilities tried = abilities_;
    tried.prefill = prefill;
    const std::optional<ChatAnswer> begun = probe(tried, {.prefill = "1"});
    const std::int64_t longer = begun ? begun->prompt_tokens - plain->prompt_tokens : 0;
    if (longer != 1 && longer != 2) continue;
    abilities_ = tried;
    return;
  }
}

// ---- questions and votes ----

std::size_t RemoteVoter::ask(Question question) {
  connect();
  require(!question.immediate || abilities_.prefill != Prefill::kNone,
          "The judge at {} does not continue an answer that was begun, so --no-think cannot be "
          "read. Leave it out.",
          url_);
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

void RemoteVoter::enqueue_thoughts(std::size_t question, std::int64_t first, std::int64_t count) {
  const Question& asked = open_.at(question).question;
  const bool together = abilities_.many_completions && asked.sampling.temperature > 0;
  const std::int64_t each = together ? count : 1;
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
    for (const HttpResponse& response : http_->wait(seconds_to_wait())) {
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
  http_->cancel_all();
  under_way_.clear();
  waiting_.clear();
  open_.clear();
  finished_.clear();
}

void RemoteVoter::start_calls() {
  const Clock::time_point now = Clock::now();
  for (auto call = waiting_.begin(); call != waiting_.end();) {
    if (static_cast<std::int64_t>(http_->active()) >= options_.judge_concurrency) return;
    const auto open = open_.find(call->question);
    if (open == open_.end()) {  // refused meanwhile
      call = waiting_.erase(call);
    } else if (call->not_before > now) {
      ++call;
    } else {
      const std::size_t exchange = http_->start(
          url_, chat_body(model_, abilities_, open->second.question, call->chat, uris_));
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
    fail(0, fmt::format("{} ({} tries)", reason, call.failures));
  Random random{0x6A697474, retries_++};
  const double doubled =
      options_.judge_backoff_s * std::exp2(static_cast<double>(call.failures - 1));
  double wait_s = std::min(doubled, kLongestBackoff_s) * random.uniform(0.5, 1.0);
  wait_s = std::max(wait_s, std::min(retry_after_s, kMostRetryAfter_s));
  call.not_before = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(wait_s));
  log(LogLevel::kDebug,
      fmt::format("The judge at {}: {}; again in {:.1f} s.", url_, without_key(reason), wait_s));
  waiting_.push_front(std::move(call));
}

void RemoteVoter::refuse(const Call& call, const HttpResponse& response) {
  const std::string text = error_text(response.body);
  const int status = response.status;
  if (status != 400 && status != 413 && status != 422) fail(status, text);
  Votes votes{.question = call.question, .verdicts = {}};
  votes.refusal = Error(fmt::format("The judge at {} refuses this question ({}): {}", url_,
                                    response.status, without_key(text)));
  open_.erase(call.question);
  finished_.push_back(std::move(votes));
}

void RemoteVoter::take(const Call& call, const ChatAnswer& answer) {
  OpenQuestion& open = open_.at(call.question);
  if (call.kind == CallKind::kThoughts) {
    take_thoughts(call, open, answer);
  } else {
    open.votes.prompt_tokens = std::max(
        open.votes.prompt_tokens, call.kind == CallKind::kImmediate ? answer.prompt_tokens : 0);
    take_decision(call, open, answer.choices.front());
  }
  if (open.missing > 0) return;
  finished_.push_back(std::move(open.votes));
  open_.erase(call.question);
}

void RemoteVoter::take_thoughts(const Call& call, OpenQuestion& open, const ChatAnswer& answer) {
  const Question& question = open.question;
  open.votes.prompt_tokens = answer.prompt_tokens;
  open.votes.completion_tokens += answer.completion_tokens;
  const auto got = std::min<std::int64_t>(call.chat.completions,
                                          static_cast<std::int64_t>(answer.choices.size()));
  for (std::int64_t k = 0; k < got; ++k) {
    const CompletionText& completion = answer.choices[static_cast<std::size_t>(k)].completion;
    const ParsedCompletion parsed =
        parse_completion(completion, {question.format, question.score_temperature});
    Verdict& verdict = open.votes.verdicts.at(static_cast<std::size_t>(call.chat.sample + k));
    verdict = parsed.verdict;
    const bool can_force = question.format == AnswerFormat::kChoice &&
                           abilities_.prefill != Prefill::kNone && verdict.status != Status::kOk;
    if (can_force) {
      waiting_.push_front({.kind = CallKind::kForced,
                           .question = call.question,
                           .chat = {.prefill = forced_text(completion),
                                    .sample = call.chat.sample + k,
                                    .decision_only = true}});
      continue;
    }
    --open.missing;
    if (verdict.status == Status::kOk && question.format == AnswerFormat::kChoice)
      set_probability(
          verdict,
          completion.tokens.at(static_cast<std::size_t>(parsed.decision_token)).choice_logprobs);
  }
  if (got < call.chat.completions)  // the server gave fewer than were asked for
    enqueue_thoughts(call.question, call.chat.sample + got, call.chat.completions - got);
}

void RemoteVoter::take_decision(const Call& call, OpenQuestion& open, const ChatChoice& choice) {
  Verdict& verdict = open.votes.verdicts.at(static_cast<std::size_t>(call.chat.sample));
  --open.missing;
  Verdict read{.thinking = verdict.thinking};
  for (const CompletionToken& token : choice.completion.tokens) read.answer += token.bytes;
  read.answer = trimmed(read.answer);
  set_probability(read, choice.first_logprobs);
  if (std::isnan(read.p)) return;  // neither choice was in sight: it stays as it was
  read.answer = read.p >= 0.5 ? "1" : "2";
  read.status = call.kind == CallKind::kForced ? Status::kForced : Status::kOk;
  verdict = std::move(read);
}

}  // namespace juror
