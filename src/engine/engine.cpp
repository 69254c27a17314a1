#include "engine/engine.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "engine/decode_batch.h"
#include "engine/feature_cache.h"
#include "engine/prefix_cache.h"
#include "engine/score.h"

namespace juror {
namespace {

/// A request on its way.
struct Job {
  RequestId id = 0;
  Request request;
  Result result;
  PromptKey key;                         ///< of the prompt, if the engine prefills it
  std::shared_ptr<const Prefix> prefix;  ///< once it is there
  bool is_ready = false;                 ///< so are its given tokens
  std::size_t joined = 0, finished = 0;  ///< samples
  bool has_ended = false;

  /// Its prompt is prefilled; the pixels of its pictures can go.
  void take(std::shared_ptr<const Prefix> prefilled) {
    prefix = std::move(prefilled);
    request.prompt.reset();
  }
  bool wants_rows() const { return joined < request.samples.size(); }
  bool is_done() const { return is_ready && finished == request.samples.size(); }
};

/// Adds the seconds of its life to a sum.
class Timer {
 public:
  explicit Timer(double& sum) : sum_(sum) {}
  ~Timer() { sum_ += std::chrono::duration<double>(RequestClock::now() - began_).count(); }

 private:
  double& sum_;
  RequestClock::time_point began_ = RequestClock::now();
};

void require_ids(const std::vector<std::int64_t>& ids, std::int64_t vocabulary, const char* what) {
  for (const std::int64_t id : ids) {
    require(id >= 0 && id < vocabulary,
            "A request's {} token {} is outside the model's vocabulary of {} rows.", what, id,
            vocabulary);
  }
}

void check(const Request& request, const TextConfig& text) {
  require((request.prompt != nullptr) != (request.prefix != nullptr),
          "A request continues a prompt or a prefix: {} was given.",
          request.prompt ? "both" : "neither");
  if (request.prompt) require_prompt_fits(*request.prompt, text);
  require_ids(request.given, text.vocabulary, "given");
  require_ids(request.options.watched_ids, text.vocabulary, "watched");
}

std::int64_t length_of(const ModelInput& prompt) {
  return static_cast<std::int64_t>(prompt.token_ids.size());
}

/// Requests that share a prefix side by side, in the order of the first of them.
std::vector<Job*> side_by_side(const std::vector<Job*>& jobs) {
  std::map<const Prefix*, std::size_t> first;
  for (const Job* job : jobs) first.emplace(job->prefix.get(), first.size());
  std::vector<Job*> sorted = jobs;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Job* a, const Job* b) {
    return first.at(a->prefix.get()) < first.at(b->prefix.get());
  });
  return sorted;
}

}  // namespace

struct Engine::State {
  std::shared_ptr<const Model> model;
  EngineOptions options;
  FeatureCache features;
  PrefixCache prefixes;
  DecodeBatch batch;
  EngineStats stats;
  RequestId last_id = 0;
  std::map<RequestId, std::unique_ptr<Job>> jobs;
  std::vector<Job*> order;  ///< of admission: by priority, then by arrival
  std::vector<Result> finished;

  State(std::shared_ptr<const Model> m, EngineOptions o)
      : model(std::move(m)),
        options(std::move(o)),
        features(options.feature_bytes, options.tower_patches),
        prefixes(options.prefix_bytes),
        batch(*model) {}

  // One step, in this order.
  void end_overdue();
  void prefill_prompts();
  void answer_prompts();
  void read_given();
  void join_rows();
  void decode();
  void collect_ended();

  void add(std::unique_ptr<Job> job);
  void end(Job& job, RequestEnd how);
  void end_all(RequestEnd how);
  void finish(DecodedRow& row, Finish how);
  void settle(DecodedRow& row);

  struct Admitted {
    std::vector<const ModelInput*> prompts;
    std::vector<std::vector<Job*>> users;  ///< of each prompt
    std::int64_t tokens = 0;
    std::uint64_t bytes = 0;
  };
  Admitted admit();
  bool fits(const Admitted& admitted, const ModelInput& prompt);
  std::uint64_t prefix_bytes(std::int64_t tokens) const;
  std::int64_t free_rows() const;
};

// ---- requests come and end ------------------------------------------------------------------

void Engine::State::add(std::unique_ptr<Job> job) {
  const auto comes_later = [](const Job* a, const Job* b) {
    return a->request.priority > b->request.priority;
  };
  order.insert(std::upper_bound(order.begin(), order.end(), job.get(), comes_later), job.get());
  ++stats.requests;
  jobs.emplace(job->id, std::move(job));
}

/// Ends a request with what it has.
void Engine::State::end(Job& job, RequestEnd how) {
  if (job.has_ended) return;
  job.has_ended = true;
  job.result.end = how;
  if (how == RequestEnd::kCancelled) ++stats.cancelled;
  if (how == RequestEnd::kDeadline) ++stats.overdue;
  const Finish cut = how == RequestEnd::kDeadline ? Finish::kDeadline : Finish::kCancelled;
  for (DecodedRow& row : batch.rows()) {
    if (row.request == job.id) finish(row, cut);
  }
  for (std::size_t i = job.joined; i < job.result.completions.size(); ++i)
    job.result.completions[i].finish = cut;
}

void Engine::State::end_all(RequestEnd how) {
  for (Job* job : order) end(*job, how);
}

void Engine::State::end_overdue() {
  const auto now = options.now();
  for (Job* job : order) {
    if (job->request.deadline && now >= *job->request.deadline) end(*job, RequestEnd::kDeadline);
  }
}

/// Hands over the results of requests that have ended.
void Engine::State::collect_ended() {
  batch.drop_finished();
  for (Job* job : order) {
    if (!job->has_ended && job->is_done()) job->has_ended = true;
  }
  std::erase_if(order, [&](Job* job) {
    if (!job->has_ended) return false;
    finished.push_back(std::move(job->result));
    jobs.erase(job->id);
    return true;
  });
  prefixes.make_room(0);
}

// ---- admission and prefill ------------------------------------------------------------------

/// Of a prefilled prompt: its keys and values, a hidden state, and logits in fp32.
std::uint64_t Engine::State::prefix_bytes(std::int64_t tokens) const {
  const TextConfig& text = model->config().text;
  const std::int64_t numbers = 2 * tokens * text.layers * text.kv_heads * text.head_size;
  return static_cast<std::uint64_t>(numbers + text.width) * c10::elementSize(model->dtype()) +
         static_cast<std::uint64_t>(text.vocabulary) * sizeof(float);
}

/// Rows that nobody decodes in and no prefilled request waits for.
std::int64_t Engine::State::free_rows() const {
  std::int64_t taken = batch.size();
  for (const Job* job : order) {
    if (job->prefix && !job->has_ended)
      taken += static_cast<std::int64_t>(job->request.samples.size() - job->joined);
  }
  return options.batch_rows - taken;
}

/// What is larger than a budget by itself is admitted when it is alone.
bool Engine::State::fits(const Admitted& admitted, const ModelInput& prompt) {
  const std::int64_t tokens = length_of(prompt);
  if (!admitted.prompts.empty() && admitted.tokens + tokens > options.prefill_tokens) return false;
  const std::uint64_t wanted = admitted.bytes + prefix_bytes(tokens);
  return prefixes.make_room(wanted) || (admitted.prompts.empty() && !prefixes.holds_used());
}

/// The prompts to prefill now. Requests whose prompt is known get it at once.
Engine::State::Admitted Engine::State::admit() {
  Admitted admitted;
  std::vector<const PromptKey*> keys;
  std::int64_t free = free_rows();
  for (Job* job : order) {
    if (job->prefix || job->has_ended || (job->wants_rows() && free <= 0)) continue;
    const ModelInput& prompt = *job->request.prompt;
    const auto same = std::find_if(keys.begin(), keys.end(),
                                   [&](const PromptKey* key) { return *key == job->key; });
    if (same != keys.end()) {
      admitted.users[static_cast<std::size_t>(same - keys.begin())].push_back(job);
      ++stats.prefix_hits;
    } else if (auto known = prefixes.find(job->key)) {
      job->take(std::move(known));
      ++stats.prefix_hits;
    } else if (fits(admitted, prompt)) {
      admitted.prompts.push_back(&prompt);
      admitted.users.push_back({job});
      admitted.tokens += length_of(prompt);
      admitted.bytes += prefix_bytes(length_of(prompt));
      keys.push_back(&job->key);
      ++stats.prefix_misses;
    } else {
      continue;
    }
    free -= static_cast<std::int64_t>(job->request.samples.size());
  }
  return admitted;
}

void Engine::State::prefill_prompts() {
  const Admitted admitted = admit();
  if (admitted.prompts.empty()) return;
  const auto encoded = [&] {
    const Timer timer(stats.vision_s);
    return features.encode(*model, images_of(admitted.prompts));
  }();
  const Timer timer(stats.prefill_s);
  std::vector<Prefix> prefilled = prefill(*model, admitted.prompts, encoded);
  for (std::size_t i = 0; i < prefilled.size(); ++i) {
    auto prefix = std::make_shared<const Prefix>(std::move(prefilled[i]));
    for (Job* job : admitted.users[i]) job->take(prefix);
    prefixes.insert(admitted.users[i].front()->key, std::move(prefix));
  }
  stats.prompts_prefilled += static_cast<std::int64_t>(admitted.prompts.size());
  stats.prompt_tokens += admitted.tokens;
  stats.most_prefill_tokens = std::max(stats.most_prefill_tokens, admitted.tokens);
}

// ---- what follows a prompt ------------------------------------------------------------------

/// Requests without given tokens need nothing but their prompts; those that want no completion have
/// their answer.
void Engine::State::answer_prompts() {
  std::vector<Tensor> logits;
  std::vector<Job*> answered;
  std::vector<const std::vector<std::int64_t>*> ids;
  for (Job* job : order) {
    if (!job->prefix || job->is_ready || job->has_ended || !job->request.given.empty()) continue;
    job->is_ready = true;
    if (!job->request.samples.empty() || job->request.options.watched_ids.empty()) continue;
    answered.push_back(job);
    logits.push_back(job->prefix->logits);
    ids.push_back(&job->request.options.watched_ids);
  }
  if (answered.empty()) return;
  std::vector<std::vector<float>> next = watched_logprobs(at::stack(logits), ids);
  for (std::size_t i = 0; i < answered.size(); ++i) answered[i]->result.next = std::move(next[i]);
}

/// Given tokens pass together, as many as the budget of a prefill; neighbours that share a prefix
/// side by side.
void Engine::State::read_given() {
  std::vector<Job*> chosen;
  std::int64_t tokens = 0;
  for (Job* job : order) {
    if (!job->prefix || job->is_ready || job->has_ended) continue;
    const auto own = static_cast<std::int64_t>(job->request.given.size());
    if (!chosen.empty() && tokens + own > options.prefill_tokens) continue;
    chosen.push_back(job);
    tokens += own;
  }
  if (chosen.empty()) return;
  const Timer timer(stats.given_s);
  chosen = side_by_side(chosen);
  std::vector<GivenRow> rows;
  for (const Job* job : chosen) {
    rows.push_back({.prefix = job->prefix.get(),
                    .token_ids = &job->request.given,
                    .watched_ids = &job->request.options.watched_ids,
                    .wants_logprobs = job->request.scores_given,
                    .temperature = job->request.options.sampling.temperature,
                    .is_continued = !job->request.samples.empty()});
  }
  std::vector<GivenScores> scores = score_given(*model, rows);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Job& job = *chosen[i];
    job.is_ready = true;
    job.result.given_logprobs = std::move(scores[i].logprobs);
    job.result.next = std::move(scores[i].next);
    if (scores[i].continued) job.prefix = std::move(scores[i].continued);
  }
  stats.given_tokens += tokens;
}

// ---- decoding -------------------------------------------------------------------------------

void Engine::State::join_rows() {
  std::int64_t free = options.batch_rows - batch.size();
  std::vector<DecodedRow> rows;
  for (Job* job : order) {
    if (!job->is_ready || job->has_ended) continue;
    for (; free > 0 && job->wants_rows(); --free, ++job->joined) {
      rows.push_back({.prefix = job->prefix,
                      .options = &job->request.options,
                      .name = job->request.samples[job->joined],
                      .completion = &job->result.completions[job->joined],
                      .request = job->id,
                      .sample = job->joined});
    }
  }
  batch.join(std::move(rows));
}

void Engine::State::finish(DecodedRow& row, Finish how) {
  if (row.is_finished) return;
  row.is_finished = true;
  row.completion->finish = how;
  ++jobs.at(row.request)->finished;
}

/// Ends a row that has come to a stop id or to its length, and asks the listener.
void Engine::State::settle(DecodedRow& row) {
  const std::int64_t token = row.completion->token_ids.back();
  const auto& stop = row.options->stop_ids;
  const bool is_stop = std::find(stop.begin(), stop.end(), token) != stop.end();
  const bool is_full = static_cast<std::int64_t>(row.completion->token_ids.size()) >=
                       row.options->sampling.max_new_tokens;
  if (is_stop || is_full) finish(row, is_stop ? Finish::kStop : Finish::kLength);
  Job& job = *jobs.at(row.request);
  if (!job.request.on_token) return;
  const TokenAction action = job.request.on_token(row.sample, token);
  if (action == TokenAction::kCancelCompletion) finish(row, Finish::kCancelled);
  if (action == TokenAction::kCancelRequest) end(job, RequestEnd::kCancelled);
  if (action == TokenAction::kCancelAll) end_all(RequestEnd::kCancelled);
}

void Engine::State::decode() {
  if (batch.empty()) return;
  const Timer timer(stats.decode_s);
  batch.draw();
  ++stats.decode_steps;
  stats.tokens_decoded += batch.size();
  stats.most_rows = std::max(stats.most_rows, batch.size());
  for (DecodedRow& row : batch.rows()) {
    if (!row.is_finished) settle(row);
  }
  batch.drop_finished();
  if (!batch.empty()) batch.forward();
}

// ---- the engine -----------------------------------------------------------------------------

Engine::Engine(std::shared_ptr<const Model> model, EngineOptions options)
    : state_(std::make_unique<State>(std::move(model), std::move(options))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

RequestId Engine::submit(Request request) {
  State& s = *state_;
  check(request, s.model->config().text);
  if (request.prompt) s.model->positions(*request.prompt);  // refuses pictures that do not fit
  auto job = std::make_unique<Job>();
  job->id = ++s.last_id;
  job->result.id = job->id;
  job->result.completions.resize(request.samples.size());
  job->prefix = request.prefix;
  if (request.prompt) job->key = prompt_key(*request.prompt);
  job->result.prompt_tokens = request.prompt ? length_of(*request.prompt) : request.prefix->length;
  job->request = std::move(request);
  s.add(std::move(job));
  return s.last_id;
}

void Engine::cancel(RequestId id) {
  const auto found = state_->jobs.find(id);
  if (found != state_->jobs.end()) state_->end(*found->second, RequestEnd::kCancelled);
}

void Engine::cancel_all() { state_->end_all(RequestEnd::kCancelled); }

bool Engine::step() {
  State& s = *state_;
  const c10::InferenceMode inference;
  try {
    s.end_overdue();
    s.collect_ended();
    s.prefill_prompts();
    s.answer_prompts();
    s.read_given();
    s.join_rows();
    s.decode();
    s.collect_ended();
  } catch (...) {
    s.batch.clear();
    s.order.clear();
    s.jobs.clear();
    throw;
  }
  return !s.jobs.empty();
}

std::vector<Result> Engine::take_finished() { return std::exchange(state_->finished, {}); }

std::size_t Engine::unfinished() const { return state_->jobs.size(); }

Result Engine::wait(RequestId id) {
  State& s = *state_;
  while (true) {
    const auto found = std::find_if(s.finished.begin(), s.finished.end(),
                                    [&](const Result& result) { return result.id == id; });
    if (found != s.finished.end()) {
      Result result = std::move(*found);
      s.finished.erase(found);
      return result;
    }
    require(s.jobs.contains(id), "Request {} is unknown to the engine, or was fetched before.", id);
    step();
  }
}

std::vector<Result> Engine::run(std::vector<Request> requests) {
  std::vector<RequestId> ids;
  for (Request& request : requests) ids.push_back(submit(std::move(request)));
  std::vector<Result> results;
  for (const RequestId id : ids) results.push_back(wait(id));
  return results;
}

void Engine::weights_changed() {
  forget_prefixes();
  state_->features.clear();
}

void Engine::forget_prefixes() {
  state_->collect_ended();  // what was cancelled since the last step
  require(state_->jobs.empty(),
          "{} requests are unfinished: what they continue cannot be forgotten.",
          state_->jobs.size());
  state_->prefixes.clear();
}

FeatureCache& Engine::features() { return state_->features; }
const Model& Engine::model() const { return *state_->model; }
const EngineOptions& Engine::options() const { return state_->options; }

EngineStats Engine::stats() const {
  EngineStats stats = state_->stats;
  stats.images_encoded = state_->features.images_encoded();
  stats.tower_passes = state_->features.tower_passes();
  stats.feature_hits = state_->features.hits();
  stats.feature_bytes = state_->features.bytes();
  stats.most_tower_patches = state_->features.most_patches();
  stats.prefix_bytes = state_->prefixes.bytes();
  return stats;
}

}  // namespace juror
