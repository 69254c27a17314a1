// A voter with set answers and a record of what it was asked, and what it is shown.
#pragma once

#include <functional>
#include <vector>

#include "data/pictures.h"
#include "judge/judge.h"
#include "judge/voter.h"

namespace juror::testing {

/// Answers each question by `answer`, the last asked first; has room for `room` at once.
struct ScriptedVoter : Voter {
  std::function<Votes(const Question&)> answer;
  std::size_t room = 4;
  std::vector<Question> questions = {};
  std::vector<std::size_t> open = {};

  explicit ScriptedVoter(std::function<Votes(const Question&)> answers)
      : answer(std::move(answers)) {}

  std::size_t ask(Question question) override {
    questions.push_back(std::move(question));
    open.push_back(questions.size() - 1);
    return open.back();
  }
  bool has_room() const override { return open.size() < room; }
  std::optional<Votes> poll() override {
    if (open.empty()) return std::nullopt;
    Votes votes = answer(questions[open.back()]);
    votes.question = open.back();
    open.pop_back();
    return votes;
  }
  void cancel() override { open.clear(); }
  std::optional<std::int64_t> prompt_tokens(const Question&) override { return std::nullopt; }
  std::int64_t most_tokens(const Question& question) override { return most(question); }
  std::function<std::int64_t(const Question&)> most = [](const Question&) { return 15; };
};

/// n pictures of one grey each, from black on, the later the lighter.
inline std::vector<CandidateImage> prepare_greys(const Judge& judge, std::size_t n) {
  std::vector<CandidateImage> greys;
  for (std::size_t i = 0; i < n; ++i)
    greys.push_back(judge.prepare(make_grey(8, 8, static_cast<std::uint8_t>(i * 250 / n))));
  return greys;
}

}  // namespace juror::testing
