// One ranking that a request asks for, from the first pair to the outcome. This is the place where
// pairs are chosen: another way to choose them goes in here and nowhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "judge/judge.h"
#include "preference/calibration.h"
#include "preference/ranking_session.h"
#include "serve/picture_reader.h"

namespace juror {

/// Throws Error for a view of a picture that a voter cannot be shown (Voter::check).
using PictureCheck = std::function<void(const Image& view)>;

/// What is ranked, and how.
struct RankTask {
  std::string model;
  std::string prompt;
  std::vector<std::shared_ptr<const ServedPicture>> pictures;
  JudgeOptions judge;
  SessionOptions session;
  RankingOptions ranking;
  bool is_top_k_usual = false;  ///< then it does not hold for rankings that have no more pictures
};

/// Equal for tasks that come to the same outcome.
std::string task_key(const RankTask& task);

struct RankOutcome {
  std::vector<std::size_t>
      shown;  ///< pictures of the task that were ranked; `ranking` counts these
  std::map<std::size_t, std::string> refused;  ///< pictures that the model cannot be shown, and why
  Ranking ranking;
  std::vector<Comparison> comparisons;  ///< pairs of pictures of the task
  std::vector<std::string> reasons;     ///< one a picture of the task; "" where nothing was said
  /// Of all votes; of prompts as often as they were read, with what is read again.
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  StopReason stopped = StopReason::kAllPairs;
  std::size_t possible_pairs = 0;
  double waited_s = 0, judged_s = 0;
};

class RankWork {
 public:
  /// The judge must outlive it; its seconds count from now. Throws HttpError (422) when the voter
  /// can be shown fewer than two of the pictures, and for a stop rule that they are too few for.
  RankWork(RankTask task, Judge& judge, const PictureCheck& check, const Calibration& calibration);

  /// Whether a pair waits to be asked.
  bool wants_more();
  /// Asks it and returns its number. Throws Error as Judge::ask.
  std::size_t ask_next();
  void take(std::size_t number, Comparison comparison);
  std::size_t done() const { return comparisons_.size(); }
  std::size_t total() const { return static_cast<std::size_t>(session_->budget()); }
  /// Nothing more will be asked, and all that was asked is there, or its time is up.
  bool is_done();

  /// Of the comparisons that are there. Throws HttpError (422) when budgets bought none.
  RankOutcome outcome() const;
  const RankTask& task() const { return task_; }

 private:
  double seconds() const;
  std::int64_t most_tokens(const PairIndex& pair);
  void require_bought() const;

  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  RankTask task_;
  Judge& judge_;
  Calibration calibration_;
  std::vector<std::size_t> shown_;
  std::map<std::size_t, std::string> refused_;
  std::optional<RankingSession> session_;   // counts those shown
  std::optional<PairIndex> next_;           // of them
  std::map<std::size_t, PairIndex> asked_;  // by comparison number
  std::vector<Comparison> comparisons_;
};

}  // namespace juror
