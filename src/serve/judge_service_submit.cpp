// What comes to the service from any thread: rankings, of which equal ones are worked on once and
// finished ones remembered, and conversations.
#include <fmt/format.h>

#include "serve/http/message.h"
#include "serve/judge_service.h"

namespace juror {

std::size_t JudgeService::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

RankTicket JudgeService::submit(RankTask task) {
  task.model = model(task.model).name;
  const std::string key = task_key(task);
  const std::lock_guard lock(mutex_);
  ++stats_.submitted;
  if (const auto known = places_.find(key); known != places_.end()) {
    remembered_.splice(remembered_.begin(), remembered_, known->second);
    ++stats_.remembered;
    auto state = std::make_shared<RankState>();
    state->was_remembered = true;
    const auto& outcome = remembered_.front().second;
    state->tell(outcome->comparisons.size(), outcome->comparisons.size());
    state->end(outcome, nullptr);
    return RankTicket(std::move(state));
  }
  if (const auto found = under_way_.find(key); found != under_way_.end()) {
    if (auto state = found->second.lock(); state && state->tickets > 0 && !state->is_over()) {
      ++stats_.joined;
      return RankTicket(std::move(state));
    }
  }
  if (is_draining_ || is_over_) {
    ++stats_.refused;
    throw HttpError(503, "stopping", "The server is stopping and takes no new work.");
  }
  if (queue_.size() >= static_cast<std::size_t>(options_.queue)) {
    ++stats_.refused;
    throw HttpError(503, "busy", fmt::format("{} rankings are waiting already.", queue_.size()));
  }
  auto state = std::make_shared<RankState>();
  state->model = task.model;
  state->key = key;
  state->task = std::move(task);
  under_way_[key] = state;
  queue_.push_back(state);
  RankTicket ticket(std::move(state));
  arrival_.notify_all();
  return ticket;
}

void JudgeService::ask_chat(const std::string& model, ChatTask task, ChatListener listener) {
  const std::lock_guard lock(mutex_);
  if (is_draining_ || is_over_ || chats_.size() >= static_cast<std::size_t>(options_.queue)) {
    ++stats_.refused;
    throw HttpError(503, is_draining_ ? "stopping" : "busy", "The server takes no new work now.");
  }
  chats_.push_back({model, std::move(task), std::move(listener)});
  arrival_.notify_all();
}

/// With the lock held.
void JudgeService::remember(const std::string& key, std::shared_ptr<const RankOutcome> outcome) {
  if (options_.result_cache == 0 || places_.contains(key)) return;
  remembered_.emplace_front(key, std::move(outcome));
  places_[key] = remembered_.begin();
  if (remembered_.size() <= static_cast<std::size_t>(options_.result_cache)) return;
  places_.erase(remembered_.back().first);
  remembered_.pop_back();
}

}  // namespace juror
