// Requests come and end, and what one step consists of; admission, prefill and decoding have files
// of their own.
#include "engine/engine_state.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/error.h"
#include "engine/score.h"

namespace juror {
namespace {

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

/// The options with what they leave to the engine.
EngineOptions filled_in(EngineOptions options, const Model& model) {
  if (options.cache_bytes == 0)
    options.cache_bytes = enough_cache_bytes(cache_shape(model), options.batch_rows);
  return options;
}

const std::vector<std::int64_t> kNoIds;

/// The given tokens that pass next: all that are left, or a piece.
std::span<const std::int64_t> next_given(const Job& job, std::int64_t most) {
  const std::span<const std::int64_t> left = std::span(job.request.given).subspan(job.given_read);
  return left.first(std::min(left.size(), static_cast<std::size_t>(most)));
}

bool has_nan(const std::vector<float>& values) {
  return std::any_of(values.begin(), values.end(), [](float x) { return std::isnan(x); });
}

}  // namespace

EngineState::EngineState(std::shared_ptr<const Model> m, EngineOptions o)
    : model(std::move(m)),
      options(filled_in(std::move(o), *model)),
      features(options.feature_bytes, options.tower_patches),
      prefixes(options.cache_bytes),
      batch(*model) {}

// ---- requests come and end ------------------------------------------------------------------

void EngineState::add(std::unique_ptr<Job> job) {
  const auto comes_later = [](const Job* a, const Job* b) {
    return a->request.priority > b->request.priority;
  };
  order.insert(std::upper_bound(order.begin(), order.end(), job.get(), comes_later), job.get());
  ++stats.requests;
  jobs.emplace(job->id, std::move(job));
}

/// Ends a request with what it has.
void EngineState::end(Job& job, RequestEnd how) {
  if (job.has_ended) return;
  job.has_ended = true;
  job.result.end = how;
  if (how == RequestEnd::kCancelled) ++stats.cancelled;
  if (how == RequestEnd::kDeadline) ++stats.overdue;
  if (how == RequestEnd::kFailed) ++stats.failed;
  const Finish cut = how == RequestEnd::kDeadline ? Finish::kDeadline
                     : how == RequestEnd::kFailed ? Finish::kFailed
                                                  : Finish::kCancelled;
  for (DecodedRow& row : batch.rows()) {
    if (row.request == job.id) finish(row, cut);
  }
  for (std::size_t i = job.joined; i < job.result.completions.size(); ++i)
    job.result.completions[i].finish = cut;
}

void EngineState::fail(Job& job, std::string why) {
  if (job.has_ended) return;
  job.result.error = std::move(why);
  end(job, RequestEnd::kFailed);
}

void EngineState::end_all(RequestEnd how) {
  for (Job* job : order) end(*job, how);
}

void EngineState::end_overdue() {
  const auto now = options.now();
  for (Job* job : order) {
    if (job->request.deadline && now >= *job->request.deadline) end(*job, RequestEnd::kDeadline);
  }
}

void EngineState::collect_ended() {
  batch.drop_finished();
  for (Job* job : order) {
    if (!job->has_ended && job->is_done()) job->has_ended = true;
  }
  std::vector<std::unique_ptr<Job>> gone;  // last: a listener that is destroyed may ask the engine
  std::erase_if(order, [&](Job* job) {
    if (!job->has_ended) return false;
    finished.push_back(std::move(job->result));
    gone.push_back(std::move(jobs.extract(job->id).mapped()));
    return true;
  });
  std::erase_if(lent, [](const auto& entry) { return entry.second.expired(); });
  keep_room(planned_rows());
}

void EngineState::drop_all() {
  batch.clear();
  order.clear();
  lent.clear();
  row_cache = {};
  const auto gone = std::exchange(jobs, {});  // last, as in collect_ended
}

// ---- what follows a prompt ------------------------------------------------------------------

/// Requests without given tokens need nothing but their prompts; those that want no completion have
/// their answer.
void EngineState::answer_prompts() {
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
  for (std::size_t i = 0; i < answered.size(); ++i) answer(*answered[i], std::move(next[i]));
}

void EngineState::answer(Job& job, std::vector<float> next) {
  job.result.next = std::move(next);
  if (has_nan(job.result.next) || has_nan(job.result.given_logprobs))
    fail(job, "The log-probs behind the prompt are no numbers (NaN).");
}

/// Given tokens pass together, as many as the budget of a prefill, longer ones in pieces;
/// neighbours that share a prefix side by side.
void EngineState::read_given() {
  std::vector<Job*> chosen;
  std::int64_t tokens = 0;
  for (Job* job : order) {
    if (!job->prefix || job->is_ready || job->has_ended) continue;
    const auto own = static_cast<std::int64_t>(next_given(*job, options.prefill_tokens).size());
    if (!chosen.empty() && tokens + own > options.prefill_tokens) continue;
    chosen.push_back(job);
    tokens += own;
  }
  if (chosen.empty()) return;
  const Timer timer(stats.given_s);
  chosen = side_by_side(chosen);
  std::vector<GivenRow> rows;
  for (const Job* job : chosen) {
    const std::span<const std::int64_t> piece = next_given(*job, options.prefill_tokens);
    const bool is_last = job->given_read + piece.size() == job->request.given.size();
    rows.push_back({.prefix = job->prefix.get(),
                    .token_ids = piece,
                    .watched_ids = is_last ? &job->request.options.watched_ids : &kNoIds,
                    .wants_logprobs = job->request.scores_given,
                    .temperature = job->request.options.sampling.temperature,
                    .is_continued = !is_last || !job->request.samples.empty()});
  }
  std::vector<GivenScores> scores = score_given(*model, rows);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Job& job = *chosen[i];
    std::vector<float>& logprobs = job.result.given_logprobs;
    logprobs.insert(logprobs.end(), scores[i].logprobs.begin(), scores[i].logprobs.end());
    job.given_read += rows[i].token_ids.size();
    if (scores[i].continued) job.prefix = std::move(scores[i].continued);
    if (job.given_read < job.request.given.size()) continue;
    job.is_ready = true;
    answer(job, std::move(scores[i].next));
  }
  stats.given_tokens += tokens;
}

// ---- one step -------------------------------------------------------------------------------

void EngineState::step() {
  end_overdue();
  collect_ended();
  admit();
  prefill_prompts();
  answer_prompts();
  read_given();
  join_rows();
  decode();
  collect_ended();
}

}  // namespace juror
