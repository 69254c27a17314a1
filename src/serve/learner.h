// "Learn from my votes": trains LoRA adapters on people's votes in a process of its own, bounded in
// time and threads, and offers them as models. All that is told stands in files (learned_run.h),
// so a server that was killed tells the truth when it is back.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file_lock.h"
#include "serve/judge_service.h"
#include "serve/learn_job.h"
#include "serve/learned_run.h"
#include "serve/vote_store.h"

namespace juror {

/// Safe to use from many threads.
class Learner {
 public:
  /// Offers what was learned before.
  Learner(const LearnOptions& options, LearnParts parts, VoteStore& store, JudgeService& service);
  /// Ends a training after its step, with a checkpoint; waits for it, but not for long.
  ~Learner();

  /// Throws HttpError: 404 for an unknown model, 409 while one is taught, 422 with too few votes.
  void start(const std::string& model);
  /// Goes on with the last training. Throws HttpError (409) when there is none that was cut short.
  void resume();
  /// Throws HttpError (409) when nothing is taught.
  void stop();

  /// What may be taught and within which limits.
  const LearnOptions& options() const { return options_; }
  std::vector<std::string> bases() const;

  struct Told {
    LearnedRun run;
    LearningCurve curve;
    std::string state;                    ///< as name(run.state), or "interrupted"
    std::optional<std::int64_t> offered;  ///< step of the checkpoint that is offered as a model
  };
  /// Every training, oldest first.
  std::vector<Told> runs() const;

 private:
  std::vector<std::filesystem::path> folders() const;
  void offer(const std::filesystem::path& folder, const LearnedRun& run);
  void begin(const std::filesystem::path& folder, LearnedRun run);
  void work(const std::filesystem::path& folder, LearnedRun run, FileLock lock);
  /// Waits for the training; nothing when the server ended it.
  std::optional<LearnState> train(const std::filesystem::path& folder, LearnedRun& run);
  bool is_taught_elsewhere(const std::filesystem::path& folder) const;

  LearnOptions options_;
  LearnParts parts_;
  VoteStore& store_;
  JudgeService& service_;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable change_;
  std::filesystem::path taught_;  ///< folder of the training under way; empty: none
  ServiceClock::time_point began_;
  bool is_stopped_ = false, is_ending_ = false;
  std::thread worker_;
};

}  // namespace juror
