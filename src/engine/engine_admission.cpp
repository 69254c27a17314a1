// Who is admitted, and what it continues: a prompt is prefilled once for all that have it.
#include <algorithm>

#include "engine/engine_state.h"

namespace juror {
namespace {

std::int64_t missing_rows(const Job& job) {
  return static_cast<std::int64_t>(job.request.samples.size() - job.joined);
}

std::int64_t unfinished_rows(const Job& job) {
  return static_cast<std::int64_t>(job.request.samples.size() - job.finished);
}

}  // namespace

std::vector<std::shared_ptr<PendingPrompt>> EngineState::pending_prompts() const {
  std::vector<std::shared_ptr<PendingPrompt>> pending;
  for (const Job* job : order) {
    if (job->pending && !job->has_ended &&
        std::find(pending.begin(), pending.end(), job->pending) == pending.end())
      pending.push_back(job->pending);
  }
  return pending;
}

Room EngineState::room() const {
  Room room{.rows = options.batch_rows - batch.size(),
            .tokens = options.prefill_tokens,
            .longest = options.prefill_tokens,
            .bytes = prefixes.free_bytes()};
  for (const Job* job : order) {
    if (job->is_admitted && !job->has_ended) room.rows -= missing_rows(*job);
  }
  for (const auto& pending : pending_prompts()) room.tokens -= pending->partial.left();
  return room;
}

EngineState::Source EngineState::source_of(const Job& job) {
  if (job.request.prefix) {
    Source source{.known = job.request.prefix, .lent = lent[job.request.prefix.get()].lock()};
    if (!source.lent) source.bytes = bytes_of(*source.known);
    return source;
  }
  for (const Job* other : order) {
    if (other->pending && !other->has_ended && other->pending->key == job.key)
      return {.pending = other->pending};
  }
  if (PrefixCache::Known known = prefixes.find(job.key); known.prefix)
    return {.known = std::move(known.prefix), .bytes = known.unused_bytes};
  return {.bytes = prefix_bytes(*model, job.result.prompt_tokens),
          .tokens = job.result.prompt_tokens};
}

/// Gives a request what it continues, and its share of the budgets.
void EngineState::begin(Job& job, Source source) {
  job.is_admitted = true;
  if (job.request.prefix) {
    if (!source.lent) {
      source.lent = std::make_shared<PrefixCache::Reservation>(prefixes.reserve(source.bytes));
      lent[source.known.get()] = source.lent;
    }
    job.lent = std::move(source.lent);
    job.prefix = std::move(source.known);
  } else if (source.known) {
    job.take(std::move(source.known));
    ++stats.prefix_hits;
  } else if (source.pending) {
    job.pending = std::move(source.pending);
    ++stats.prefix_hits;
  } else {
    job.pending =
        std::make_shared<PendingPrompt>(PendingPrompt{.partial = {.prompt = job.request.prompt},
                                                      .key = job.key,
                                                      .reserved = prefixes.reserve(source.bytes)});
    ++stats.prefix_misses;
  }
  job.continued = prefixes.reserve(continued_bytes(job));
}

/// Of prompt and given tokens as prefixes of their own.
std::uint64_t EngineState::continued_bytes(const Job& job) const {
  const auto given = static_cast<std::int64_t>(job.request.given.size());
  return static_cast<std::uint64_t>(continued_prefixes(job.request, options)) *
         prefix_bytes(*model, job.result.prompt_tokens + given);
}

// ---- rows: whoever is admitted has room for one, and for as many more as there is room ----------

EngineState::RowPlan EngineState::planned_rows() {
  RowPlan plan;
  for (Job* job : order) {
    if (!job->is_admitted || job->has_ended) continue;
    job->rows = std::min(job->rows, unfinished_rows(*job));
    if (job->rows > 0) plan = plan.with(job->rows, followed_tokens(job->request));
  }
  return plan;
}

std::uint64_t EngineState::bytes_of_rows(const RowPlan& plan) const {
  return row_bytes(*model, std::min(plan.rows, options.batch_rows), plan.tokens);
}

void EngineState::keep_room(const RowPlan& plan) {
  row_cache = {};  // first: what it held is room
  row_cache = prefixes.reserve(bytes_of_rows(plan));
}

// ---- admission ------------------------------------------------------------------------------

std::int64_t EngineState::rows_wanted(const Job& job) const {
  return std::min(unfinished_rows(job), options.batch_rows);
}

/// Admits a request if it waits and there is room, and gives it as many rows as there is room for.
/// Returns whether it has all that it can use: else nobody behind it comes before it.
bool EngineState::admit_next(Job& job, Room& left, RowPlan& plan) {
  const std::int64_t wanted = rows_wanted(job), length = followed_tokens(job.request);
  const auto bytes_of_one = [&] {
    return bytes_of_rows(plan.with(1, length)) - bytes_of_rows(plan);
  };
  const auto give_row = [&] {
    plan = plan.with(1, length);
    ++job.rows;
  };
  if (!job.is_admitted) {
    Source source = source_of(job);
    const std::uint64_t row = wanted > 0 ? bytes_of_one() : 0;
    const Need need{.rows = missing_rows(job),
                    .tokens = source.tokens,
                    .bytes = source.bytes + continued_bytes(job) + row};
    if (!left.fits(need)) return false;
    left.take(need);
    begin(job, std::move(source));
    if (wanted > 0) give_row();
  }
  while (job.rows < wanted && bytes_of_one() <= left.bytes) {
    left.bytes -= bytes_of_one();
    give_row();
  }
  return job.rows >= wanted;
}

void EngineState::admit() {
  const auto lacks = [&](const Job* job) {
    return !job->has_ended && (!job->is_admitted || job->rows < rows_wanted(*job));
  };
  if (std::none_of(order.begin(), order.end(), lacks)) return;
  RowPlan plan = planned_rows();
  Room left = room();
  for (Job* job : order) {
    if (!job->has_ended && !admit_next(*job, left, plan)) break;
  }
  keep_room(plan);
}

}  // namespace juror
