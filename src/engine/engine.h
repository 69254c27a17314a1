// The engine: it owns the model, the features of images and the prefilled prompts that it has seen,
// takes requests at any time, and decodes them together. Every client (judge, rollout, evaluation,
// benchmark, server) asks here.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/request.h"
#include "model/model.h"

namespace juror {

/// Budgets, kept when requests are admitted: by priority, then by arrival. The first request for
/// which there is no room keeps its place, and none of those behind it is admitted before it.
struct EngineOptions {
  std::int64_t batch_rows = 64;  ///< most completions decoded together
  /// Most prompt tokens prefilled between two decode steps. Longer prompts pass in pieces.
  std::int64_t prefill_tokens = 4096;
  /// Most image patches in one pass of the vision tower. A larger image passes alone.
  std::int64_t tower_patches = 16384;
  /// Keys and values, those in use included: of prompts here, of what continues them, of prefixes
  /// that callers hand in, and of the rows being decoded, at their greatest length. Where they do
  /// not suffice for all of a request's completions, fewer are decoded together; a request for
  /// which one is too many is refused. 0: 2 GiB, or what one prompt of 32,768 tokens takes if that
  /// is more, and beside it `batch_rows` rows of 1,024 tokens.
  std::uint64_t cache_bytes = 0;
  std::uint64_t feature_bytes = 1ULL << 30;                           ///< features of images
  std::function<RequestClock::time_point()> now = RequestClock::now;  ///< the clock of deadlines
};

struct EngineState;

/// Counted since the engine began.
struct EngineStats {
  std::int64_t requests = 0, cancelled = 0, overdue = 0, failed = 0;
  std::int64_t prompts_prefilled = 0, prompt_tokens = 0;  ///< that passed the decoder
  std::int64_t prefix_hits = 0;    ///< requests whose prompt had been prefilled for another
  std::int64_t prefix_misses = 0;  ///< requests for which a prompt was prefilled
  std::int64_t given_tokens = 0;   ///< read behind prompts
  std::int64_t decode_steps = 0, tokens_decoded = 0;
  std::int64_t images_encoded = 0, tower_passes = 0;
  std::int64_t feature_hits = 0;                     ///< images asked for whose features were there
  std::uint64_t cache_bytes = 0, feature_bytes = 0;  ///< held now, or kept free for who needs it
  std::uint64_t row_bytes = 0;  ///< of those, what the rows being decoded take now
  std::int64_t most_rows = 0, most_prefill_tokens = 0, most_tower_patches = 0;  ///< seen at once
  double vision_s = 0, prefill_s = 0, given_s = 0, decode_s = 0;

  double prefix_hit_rate() const { return rate(prefix_hits, prefix_misses); }
  double feature_hit_rate() const { return rate(feature_hits, images_encoded); }

 private:
  static double rate(std::int64_t hits, std::int64_t misses) {
    return hits + misses == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(hits + misses);
  }
};

/// A model that someone else owns and that outlives the engine.
inline std::shared_ptr<const Model> borrowed(const Model& model) {
  return {std::shared_ptr<const Model>(), &model};
}

// clang-format off
/// One thread owns an engine: no call is safe from another one, not even `cancel` and `stats`. A
/// server puts a queue in front and empties it between two steps. Listeners (Request::on_token) run
/// on that thread inside of `step`; there they may submit, cancel and take_finished, and what else
/// would disturb the step is refused.
///
/// A completion's tokens depend on its prompt, its options and its name alone, whatever else is
/// being decoded, in whatever order it came; log-probs likewise but for rounding.
///
///     Engine engine(load_model(folder, {}));
///     Request request{.prompt = prompt, .samples = {{.seed = 1, .sample = 0}, {.seed = 1, .sample = 1}}};
///     request.options.stop_ids = processor.eos_tokens;
///     const Result result = engine.wait(engine.submit(std::move(request)));  // two completions
// clang-format on
class Engine {
 public:
  explicit Engine(std::shared_ptr<const Model> model, EngineOptions options = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Puts a request into the queue. Throws Error for a prompt that is empty or whose pictures do
  /// not fit it, for ids outside the vocabulary, for a request with both a prompt and a prefix or
  /// neither, and for one that would outgrow the model's positions or the budget of bytes.
  RequestId submit(Request request);
  /// Ends a request with what it has, wherever it stands: waiting, between two pieces of its
  /// prompt, decoding. Its result comes with the next step. One that has ended already stays as it
  /// is, and an unknown id is nobody's.
  void cancel(RequestId id);
  void cancel_all();

  /// Admits what the budgets allow, prefills, and decodes one token of every active row. Returns
  /// whether requests are left. What it throws (memory that is not there, say) ends all requests
  /// without results; the engine can be used again.
  bool step();
  /// Requests that have ended and were not fetched, in the order of their ends.
  std::vector<Result> take_finished();
  std::size_t unfinished() const;  ///< requests

  /// Steps until the request has ended. Throws Error for an id that is unknown or was fetched.
  Result wait(RequestId id);
  /// Steps until all of these have ended. Results in the order of the requests. Throws Error if one
  /// of them failed (`require_done`).
  std::vector<Result> run(std::vector<Request> requests);

  /// Features of the images seen; trainers prefill with them too.
  FeatureCache& features();
  /// Forgets features and prefixes, which are of one set of weights. No request may be unfinished.
  void weights_changed();
  /// Forgets prefixes alone: what follows is computed as by a new engine, bit by bit.
  void forget_prefixes();

  const Model& model() const;
  const EngineOptions& options() const;
  EngineStats stats() const;

 private:
  std::unique_ptr<EngineState> state_;
};

}  // namespace juror
