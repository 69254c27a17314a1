#include "judge/shared_ratings.h"

#include <fmt/format.h>

#include <utility>

#include "base/option_text.h"

namespace juror {
namespace {

/// Two questions with the same key have the same answer.
std::string key_of(const Question& question) {
  std::string key = fmt::format("{} {} {} {} {}", question.seed, question.first_vote,
                                question.votes, question.opening, options_toml(question.sampling));
  for (const auto& picture : question.pictures) key += fmt::format(" {:x}", picture->key);
  for (const Message& message : question.messages)
    for (const ContentPart& part : message.content) key += " " + part.text;
  return key;
}

}  // namespace

std::size_t SharedRatings::ask(Question question) {
  constexpr std::size_t kMostRatings = 4096;  // kept
  if (ratings_.size() >= kMostRatings)
    std::erase_if(ratings_, [](const auto& one) { return one.second.verdicts.has_value(); });
  const std::string key = key_of(question);
  Rating& rating = ratings_[key];
  if (!rating.verdicts && rating.waiting.empty()) keys_[voter_->ask(std::move(question))] = key;
  const std::size_t number = asked_++;
  if (rating.verdicts) {
    finished_.push_back({.question = number, .verdicts = *rating.verdicts});
  } else {
    rating.waiting.push_back(number);
  }
  return number;
}

std::int64_t SharedRatings::most_tokens(const Question& question) {
  const bool is_paid = ratings_.contains(key_of(question));  // by whoever asked first
  return is_paid ? 0 : voter_->most_tokens(question);
}

std::optional<Votes> SharedRatings::poll() {
  if (finished_.empty()) {
    if (std::optional<Votes> votes = voter_->poll()) hand_out(std::move(*votes));
  }
  if (finished_.empty()) return std::nullopt;
  Votes votes = std::move(finished_.front());
  finished_.pop_front();
  return votes;
}

void SharedRatings::hand_out(Votes votes) {
  const auto key = keys_.extract(votes.question);
  if (key.empty()) return;
  Rating& rating = ratings_.at(key.mapped());
  for (const std::size_t number : std::exchange(rating.waiting, {})) {
    votes.question = number;
    finished_.push_back(votes);
    votes.prompt_tokens = votes.completion_tokens = votes.extra_tokens = 0;
  }
  if (votes.refusal) {
    ratings_.erase(key.mapped());
  } else {
    rating.verdicts = std::move(votes.verdicts);
  }
}

void SharedRatings::cancel() {
  voter_->cancel();
  keys_.clear();
  finished_.clear();
  std::erase_if(ratings_, [](const auto& one) { return !one.second.verdicts; });
}

}  // namespace juror
