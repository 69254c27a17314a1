#include "engine/engine.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "engine/engine_state.h"

namespace juror {
namespace {

/// True while it lives.
class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
  ~Flag() { flag_ = false; }

 private:
  bool& flag_;
};

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, EngineOptions options)
    : state_(std::make_unique<EngineState>(std::move(model), std::move(options))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

RequestId Engine::submit(Request request) {
  EngineState& s = *state_;
  require_servable(request, *s.model);
  require_holdable(request, *s.model, s.options);
  auto job = std::make_unique<Job>();
  job->id = ++s.last_id;
  job->result.id = job->id;
  job->result.completions.resize(request.samples.size());
  if (request.prompt) job->key = prompt_key(*request.prompt);
  job->result.prompt_tokens = prompt_tokens(request);
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
  EngineState& s = *state_;
  require(!s.is_stepping, "The engine was asked to step by a listener of its own tokens.");
  const Flag stepping(s.is_stepping);
  const c10::InferenceMode inference;
  try {
    s.step();
  } catch (...) {
    s.drop_all();
    throw;
  }
  return !s.jobs.empty();
}

std::vector<Result> Engine::take_finished() { return std::exchange(state_->finished, {}); }

std::size_t Engine::unfinished() const { return state_->jobs.size(); }

Result Engine::wait(RequestId id) {
  EngineState& s = *state_;
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
  for (const Result& result : results) require_done(result);
  return results;
}

void Engine::weights_changed() {
  forget_prefixes();
  state_->features.clear();
}

void Engine::forget_prefixes() {
  require(!state_->is_stepping, "The engine cannot forget prefixes in the middle of a step.");
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
  stats.cache_bytes = state_->prefixes.bytes();
  stats.row_bytes = state_->batch.bytes();
  return stats;
}

}  // namespace juror
