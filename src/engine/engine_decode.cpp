// One token for every active row: rows join as there is room, and leave as they end.
#include <algorithm>
#include <utility>

#include "engine/engine_state.h"

namespace juror {

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

}  // namespace juror
