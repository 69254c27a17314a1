// What follows a prompt before completions are drawn: given tokens pass, and who only asked for the
// next log-probs has the answer.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "engine/engine_state.h"
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

}  // namespace juror
