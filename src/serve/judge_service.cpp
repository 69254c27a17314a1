// What the thread that owns the models does, round after round.
#include "serve/judge_service.h"

#include <algorithm>

#include "base/error.h"
#include "serve/http/message.h"

namespace juror {
namespace {

using namespace std::chrono_literals;

double seconds_between(ServiceClock::time_point from, ServiceClock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::exception_ptr as_pointer(const HttpError& error) { return std::make_exception_ptr(error); }

}  // namespace

JudgeService::JudgeService(std::vector<ModelSource> models, const ServiceOptions& options)
    : options_(options) {
  require(!models.empty(),
          "A server needs a model (--model) or a server that votes (--judge-url).");
  for (ModelSource& model : models) {
    const bool is_new = std::none_of(models_.begin(), models_.end(),
                                     [&](const auto& known) { return known.name == model.name; });
    require(is_new, "Two models are called '{}': --model NAME=DIR gives each a name of its own.",
            model.name);
    models_.push_back(std::move(model));
  }
}

JudgeService::~JudgeService() = default;

void JudgeService::run(const std::function<bool()>& goes_on) {
  loaded(model("").name);
  is_ready_ = true;
  auto give_up = ServiceClock::time_point::max();
  while (true) {
    if (!goes_on() && !is_draining_) {
      is_draining_ = true;
      give_up = ServiceClock::now() + std::chrono::duration_cast<ServiceClock::duration>(
                                          std::chrono::duration<double>(options_.drain_timeout_s));
    }
    begin_chats();
    admit_waiting();
    drop_unwanted();
    ask_all();
    poll_all();
    finish_done();
    const bool idle = is_idle();
    if (is_draining_ && (idle || ServiceClock::now() > give_up)) break;
    std::unique_lock lock(mutex_);
    if (idle && queue_.empty() && chats_.empty()) arrival_.wait_for(lock, 50ms);
  }
  is_over_ = true;
  const auto stopped = as_pointer(HttpError(503, "stopping", "The server was stopped."));
  for (const auto& state : working_) settle(state, stopped);
  working_.clear();
  const std::lock_guard lock(mutex_);
  for (const auto& state : queue_) state->end(nullptr, stopped);
  queue_.clear();
  for (const WaitingChat& chat : chats_) chat.listener.failed(stopped);
  chats_.clear();
}

bool JudgeService::is_idle() {
  const bool talks = std::any_of(loaded_.begin(), loaded_.end(), [](const auto& entry) {
    return entry.second.chat && entry.second.chat->is_busy();
  });
  const std::lock_guard lock(mutex_);
  return !talks && working_.empty() && queue_.empty() && chats_.empty();
}

/// Hands conversations to their models, which work on them beside the rankings.
void JudgeService::begin_chats() {
  while (true) {
    WaitingChat chat;
    {
      const std::lock_guard lock(mutex_);
      if (chats_.empty()) return;
      chat = std::move(chats_.front());
      chats_.pop_front();
    }
    try {
      LoadedModel& model = loaded(chat.model);
      require(model.chat != nullptr,
              "This server's judge votes elsewhere and holds no conversations: ask that server.");
      model.chat->ask(std::move(chat.task), chat.listener);
    } catch (...) {
      chat.listener.failed(std::current_exception());
    }
  }
}

/// As many as may be worked on at once, in the order in which they came.
void JudgeService::admit_waiting() {
  while (working_.size() < static_cast<std::size_t>(options_.working)) {
    std::shared_ptr<RankState> state;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) return;
      state = std::move(queue_.front());
      queue_.pop_front();
    }
    if (state->tickets == 0) {
      ++stats_.abandoned;
      settle(state, as_pointer(HttpError(499, "abandoned", "Nobody waits for this any more.")));
    } else {
      begin(state);
    }
  }
}

void JudgeService::begin(const std::shared_ptr<RankState>& state) {
  try {
    LoadedModel& model = loaded(state->model);
    state->began = ServiceClock::now();
    state->work = std::make_unique<RankWork>(std::move(state->task), *model.judge, model.check,
                                             this->model(state->model).calibration);
    state->tell(0, state->work->total());
    working_.push_back(state);
    working_count_ = working_.size();
  } catch (...) {
    settle(state, std::current_exception());
  }
}

/// Rankings that nobody waits for any more ask nothing new; what comes of their questions is
/// dropped.
void JudgeService::drop_unwanted() {
  std::erase_if(working_, [&](const auto& state) {
    if (state->tickets > 0) return false;
    ++stats_.abandoned;
    settle(state, as_pointer(HttpError(499, "abandoned", "Nobody waits for this any more.")));
    return true;
  });
  working_count_ = working_.size();
}

/// One pair of each ranking in turn, while their voters have room.
void JudgeService::ask_all() {
  bool asked = true;
  while (asked) {
    asked = false;
    for (auto one = working_.begin(); one != working_.end();) {
      const std::shared_ptr<RankState> state = *one;
      LoadedModel& model = loaded_.at(state->model);
      if (!state->work->wants_more() || !model.judge->has_room()) {
        ++one;
        continue;
      }
      try {
        model.asked[state->work->ask_next()] = state;
        asked = true;
        ++one;
      } catch (...) {
        settle(state, std::current_exception());
        one = working_.erase(one);
      }
    }
  }
}

void JudgeService::poll_all() {
  for (auto& [name, model] : loaded_) {
    if (model.asked.empty() && !(model.chat && model.chat->is_busy())) continue;
    try {
      std::optional<FinishedComparison> finished = model.judge->poll();
      if (!finished) continue;
      const auto asked = model.asked.extract(finished->number);
      if (asked.empty() || !asked.mapped()->work || asked.mapped()->is_over()) continue;
      RankState& state = *asked.mapped();
      if (finished->refusal) {
        settle(asked.mapped(), std::make_exception_ptr(*finished->refusal));
        working_.remove(asked.mapped());
        continue;
      }
      ++stats_.comparisons;
      stats_.votes += static_cast<std::uint64_t>(finished->comparison.result.votes);
      stats_.unread += static_cast<std::uint64_t>(finished->comparison.result.unread);
      state.work->take(finished->number, std::move(finished->comparison));
      state.tell(state.work->done(), state.work->total());
    } catch (...) {
      fail_model(name, std::current_exception());
    }
  }
}

void JudgeService::finish_done() {
  std::erase_if(working_, [&](const auto& state) {
    if (!state->work->is_done()) return false;
    settle(state, nullptr);
    return true;
  });
  working_count_ = working_.size();
}

/// Ends a ranking: with its outcome, or with an error.
void JudgeService::settle(const std::shared_ptr<RankState>& state, std::exception_ptr error) {
  std::shared_ptr<const RankOutcome> outcome;
  if (!error) {
    try {
      auto made = std::make_shared<RankOutcome>(state->work->outcome());
      made->waited_s = seconds_between(state->submitted, state->began);
      made->judged_s = seconds_between(state->began, ServiceClock::now());
      stats_.prompt_tokens += static_cast<std::uint64_t>(made->prompt_tokens);
      stats_.completion_tokens += static_cast<std::uint64_t>(made->completion_tokens);
      outcome = std::move(made);
    } catch (...) {
      error = std::current_exception();
    }
  }
  ++(error ? stats_.failed : stats_.finished);
  {
    const std::lock_guard lock(mutex_);
    const auto known = under_way_.find(state->key);
    if (known != under_way_.end() && known->second.lock() == state) under_way_.erase(known);
    const bool is_whole = outcome && outcome->stopped != StopReason::kSeconds;
    if (is_whole) remember(state->key, outcome);
  }
  state->end(std::move(outcome), std::move(error));
}

/// The voter cannot go on: all that was asked of it ends.
void JudgeService::fail_model(const std::string& name, std::exception_ptr error) {
  LoadedModel& model = loaded_.at(name);
  std::erase_if(working_, [&](const auto& state) {
    if (state->model != name) return false;
    settle(state, error);
    return true;
  });
  working_count_ = working_.size();
  model.asked.clear();
  model.judge->cancel();
}

}  // namespace juror
