// One training on people's votes as its folder tells it, while it is under way and afterwards:
//   learn.json                       what it is (LearnedRun)
//   train.jsonl, validation.jsonl    its votes (docs/data.md), and images, a link to the store's
//   run/                             what `juror train grpo` writes
//   log.txt                          what that said
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "preference/agreement.h"
#include "serve/vote_store.h"

namespace juror {

/// Pairs with votes for one of two that learning needs.
inline constexpr std::int64_t kFewestPairsToLearn = 8;

/// People's votes, divided by pairs: those that are trained on, and those that are asked about.
struct VoteSplit {
  std::vector<HumanVote> train, held_out;
  std::int64_t train_pairs = 0, held_out_pairs = 0;
};

/// Of the pairs on which people are not even, a quarter (at most 100) is held out, by a hash of
/// prompt and pictures; a picture may stand on both sides, a pair does not.
VoteSplit split_votes(const std::vector<HumanVote>& votes);

enum class LearnState { kTraining, kDone, kStopped, kFailed };
/// "training", "done", "stopped", "failed".
std::string_view name(LearnState state);

struct LearnedRun {
  std::string name;  ///< of the model that comes of it
  std::string base;  ///< of the model that it began with
  std::string began;
  std::int64_t votes = 0, train_pairs = 0, held_out_pairs = 0;
  std::int64_t steps = 0;  ///< to be taken
  LearnState state = LearnState::kTraining;
  std::string message = {};  ///< why it was stopped, or failed
  double seconds = 0;        ///< that it took
};

void write_learned_run(const std::filesystem::path& folder, const LearnedRun& run);
/// Throws Error naming the file.
LearnedRun read_learned_run(const std::filesystem::path& folder);

/// How far the judge is on people's side, over the held-out pairs.
struct HeldOutAgreement {
  double share = 0;
  Interval interval;
  double brier = 0;
  std::int64_t pairs = 0;
};

struct LearningCurve {
  std::map<std::int64_t, double> scores;  ///< by step: 1 - (p - vote share)², mean of the step
  std::map<std::int64_t, HeldOutAgreement> agreement;  ///< by step; 0: before
  std::int64_t step() const { return scores.empty() ? 0 : scores.rbegin()->first; }
};

/// From run/metrics.jsonl, as far as it is written.
LearningCurve read_curve(const std::filesystem::path& folder);

/// The newest checkpoint whose agreement is known, by its step: what is offered as a model.
std::optional<std::int64_t> offered_step(const std::filesystem::path& folder,
                                         const LearningCurve& curve);
std::filesystem::path checkpoint_folder(const std::filesystem::path& folder, std::int64_t step);
/// Whether there is one to go on from.
bool has_checkpoint(const std::filesystem::path& folder);
/// The last error in log.txt; "" where it tells none.
std::string last_error(const std::filesystem::path& folder);

}  // namespace juror
