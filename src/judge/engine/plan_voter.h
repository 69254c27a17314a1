// A voter that knows a model's processor and sizes but not its weights: for plans. It reads
// questions as the engine would and answers none.
#pragma once

#include <algorithm>

#include "judge/engine/prompt.h"
#include "judge/voter.h"

namespace juror {

class PlanVoter : public Voter {
 public:
  explicit PlanVoter(Processor processor) : processor_(std::move(processor)) {}

  void check(const Image& view) const override;
  std::size_t ask(Question question) override;
  bool has_room() const override { return true; }  ///< whoever asks is told
  std::optional<Votes> poll() override { return std::nullopt; }
  void cancel() override {}
  std::optional<std::int64_t> prompt_tokens(const Question& question) override;
  std::int64_t most_tokens(const Question&) override { return 0; }  ///< nothing is asked

  /// Of the longest prompt so far, and of the pictures of the one with most.
  std::int64_t longest_prompt() const { return longest_prompt_; }
  std::int64_t most_patches() const { return most_patches_; }

 private:
  Processor processor_;
  std::int64_t longest_prompt_ = 0, most_patches_ = 0;
};

}  // namespace juror
