// Who is admitted, and what it continues: a prompt is prefilled once for all that have it.
#include <algorithm>

#include "engine/engine_state.h"

namespace juror {
namespace {

std::int64_t missing_rows(const Job& job) {
  return static_cast<std::int64_t>(job.request.samples.size() - job.joined);
}

std::int64_t given_tokens(const Job& job) {
  return static_cast<std::int64_t>(job.request.given.size());
}

bool waits(const Job* job) { return !job->is_admitted && !job->has_ended; }

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
  if (continues_prefix(job.request))
    job.continued =
        prefixes.reserve(prefix_bytes(*model, job.result.prompt_tokens + given_tokens(job)));
}

void EngineState::admit() {
  if (std::none_of(order.begin(), order.end(), waits)) return;
  Room left = room();
  for (Job* job : order) {
    if (!waits(job)) continue;
    Source source = source_of(*job);
    Need need{.rows = missing_rows(*job), .tokens = source.tokens, .bytes = source.bytes};
    if (continues_prefix(job->request))
      need.bytes += prefix_bytes(*model, job->result.prompt_tokens + given_tokens(*job));
    if (!left.fits(need)) return;  // keeps its place
    left.take(need);
    begin(*job, std::move(source));
  }
}

}  // namespace juror
