// What the engine knows between two steps, and the parts that a step is made of. Private to Engine.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/admission.h"
#include "engine/decode_batch.h"
#include "engine/engine.h"
#include "engine/prefix_cache.h"
#include "engine/prompt_pieces.h"

namespace juror {

/// A prompt before the decoder, for all requests that have it.
struct PendingPrompt {
  PartialPrefix partial;
  PromptKey key;
  PrefixCache::Reservation reserved;
};

/// A request on its way.
struct Job {
  RequestId id = 0;
  Request request;
  Result result;
  PromptKey key;                           ///< of the prompt, if the engine prefills it
  bool is_admitted = false;                ///< then it has what it continues, or waits for it
  std::shared_ptr<PendingPrompt> pending;  ///< until the prompt is prefilled
  std::shared_ptr<const Prefix> prefix;    ///< from then on
  /// For the prefix that the caller handed in, and for prompt and given tokens as one prefix.
  std::shared_ptr<PrefixCache::Reservation> lent;
  PrefixCache::Reservation continued;
  std::size_t given_read = 0;            ///< of the given tokens
  bool is_ready = false;                 ///< its given tokens are read too
  std::int64_t rows = 0;                 ///< that may be decoded together
  std::size_t joined = 0, finished = 0;  ///< samples
  bool has_ended = false;

  /// Its prompt is prefilled; the pixels of its pictures can go.
  void take(std::shared_ptr<const Prefix> prefilled) {
    prefix = std::move(prefilled);
    pending.reset();
    request.prompt.reset();
  }
  bool wants_rows() const {
    return joined < request.samples.size() && static_cast<std::int64_t>(joined - finished) < rows;
  }
  bool is_done() const { return is_ready && finished == request.samples.size(); }
};

struct EngineState {
  std::shared_ptr<const Model> model;
  EngineOptions options;
  FeatureCache features;
  PrefixCache prefixes;
  DecodeBatch batch;
  EngineStats stats;
  RequestId last_id = 0;
  std::map<const Prefix*, std::weak_ptr<PrefixCache::Reservation>> lent;  ///< by the caller
  PrefixCache::Reservation row_cache;  ///< for the rows that are, or may be, decoded together
  std::map<RequestId, std::unique_ptr<Job>> jobs;
  std::vector<Job*> order;  ///< of admission: by priority, then by arrival
  std::vector<Result> finished;
  bool is_stepping = false;

  EngineState(std::shared_ptr<const Model> m, EngineOptions o);

  // Requests come and end.
  void add(std::unique_ptr<Job> job);
  void end(Job& job, RequestEnd how);
  void end_all(RequestEnd how);
  void fail(Job& job, std::string why);  ///< ends it
  /// Hands over the results of requests that have ended.
  void collect_ended();
  /// After a fault: nothing is under way any more.
  void drop_all();

  /// One step: its parts in their order.
  void step();

 private:
  void end_overdue();

  // Admission (engine_admission.cpp): the first that finds no room keeps its place, and nobody
  // behind it is admitted before it. What is admitted comes to its end without asking for more, so
  // whoever waits has room some day.
  /// What a request continues, as far as it is there, and what that takes beside what is held.
  struct Source {
    std::shared_ptr<PendingPrompt> pending = {};
    std::shared_ptr<const Prefix> known = {};
    std::shared_ptr<PrefixCache::Reservation> lent = {};
    std::uint64_t bytes = 0;
    std::int64_t tokens = 0;
  };
  /// Rows that are decoded together, and tokens of the longest.
  struct RowPlan {
    std::int64_t rows = 0, tokens = 0;
    RowPlan with(std::int64_t more, std::int64_t length) const {
      return {.rows = rows + more, .tokens = std::max(tokens, length)};
    }
  };
  void admit();
  RowPlan planned_rows();
  void keep_room(const RowPlan& plan);
  std::int64_t rows_wanted(const Job& job) const;
  std::uint64_t bytes_of_rows(const RowPlan& plan) const;
  std::uint64_t continued_bytes(const Job& job) const;
  bool admit_next(Job& job, Room& left, RowPlan& plan);
  Source source_of(const Job& job);
  void begin(Job& job, Source source);
  Room room() const;
  std::vector<std::shared_ptr<PendingPrompt>> pending_prompts() const;  ///< by order of their jobs

  // Prefill (engine_prefill.cpp), one piece or some whole prompts a step.
  void prefill_prompts();
  void prefill_whole(const std::vector<std::shared_ptr<PendingPrompt>>& prompts);
  void prefill_next(const std::shared_ptr<PendingPrompt>& prompt, std::int64_t count);
  ImageFeatures encode(const std::vector<const ModelInput*>& inputs);
  void hand_out(const std::shared_ptr<PendingPrompt>& prompt, Prefix prefilled);

  // What follows a prompt (engine_given.cpp).
  void answer_prompts();
  void read_given();
  void answer(Job& job, std::vector<float> next);

  // Decoding.
  void join_rows();
  void decode();
  void finish(DecodedRow& row, Finish how);
  void settle(DecodedRow& row);
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

}  // namespace juror
