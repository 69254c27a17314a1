// A voter that asks about each image once, however many pairs it stands in: for templates that rate
// images one by one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "judge/voter.h"

namespace juror {

/// Hands each question on to another voter unless it was asked before; the first to ask pays its
/// tokens.
class SharedRatings : public Voter {
 public:
  explicit SharedRatings(std::unique_ptr<Voter> voter) : voter_(std::move(voter)) {}

  void check(const Image& view) const override { voter_->check(view); }
  std::size_t ask(Question question) override;
  bool has_room() const override { return voter_->has_room(); }
  std::optional<Votes> poll() override;
  void cancel() override;
  std::optional<std::int64_t> prompt_tokens(const Question& question) override {
    return voter_->prompt_tokens(question);
  }
  std::int64_t most_tokens(const Question& question) override;

 private:
  struct Rating {
    std::vector<std::size_t> waiting = {};  ///< questions, while it is asked
    std::optional<std::vector<Verdict>> verdicts = {};
  };
  void hand_out(Votes votes);

  std::unique_ptr<Voter> voter_;
  std::map<std::string, Rating> ratings_;    // by what is asked
  std::map<std::size_t, std::string> keys_;  // by the other voter's question number
  std::deque<Votes> finished_;
  std::size_t asked_ = 0;
};

}  // namespace juror
