// Requests come, are decoded and end, and what one step consists of; admission, prefill and given
// tokens have files of their own.
#include "engine/engine_state.h"

#include <algorithm>
#include <utility>

namespace juror {
namespace {

/// The options with what they leave to the engine.
EngineOptions filled_in(EngineOptions options, const Model& model) {
  if (options.cache_bytes == 0)
    options.cache_bytes = enough_cache_bytes(cache_shape(model), options.batch_rows);
  return options;
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

// ---- one token for every active row ---------------------------------------------------------

void EngineState::join_rows() {
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

void EngineState::finish(DecodedRow& row, Finish how) {
  if (row.is_finished) return;
  row.is_finished = true;
  row.completion->finish = how;
  ++jobs.at(row.request)->finished;
}

/// Ends a row that has come to a stop id or to its length, and asks the listener.
void EngineState::settle(DecodedRow& row) {
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

void EngineState::decode() {
  if (batch.empty()) return;
  const Timer timer(stats.decode_s);
  batch.draw();
  ++stats.decode_steps;
  stats.tokens_decoded += batch.size();
  stats.most_rows = std::max(stats.most_rows, batch.size());
  for (DecodedRow& row : batch.rows()) {
    if (!row.fault.empty()) fail(*jobs.at(row.request), row.fault);
  }
  for (DecodedRow& row : batch.rows()) {
    if (!row.is_finished) settle(row);
  }
  batch.drop_finished();
  if (!batch.empty()) batch.forward();
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
