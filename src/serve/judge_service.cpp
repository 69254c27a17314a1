#include "serve/judge_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/option_text.h"
#include "serve/http/message.h"

namespace juror {

class RankState {
 public:
  RankTask task;  // until it is begun
  std::string model, key;
  ServiceClock::time_point submitted = ServiceClock::now(), began{};
  std::unique_ptr<RankWork> work;  // of the thread that owns the models
  std::atomic<int> tickets{0};
  bool was_remembered = false;

  void tell(std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex_);
    done_ = done;
    total_ = total;
    change_.notify_all();
  }
  void end(std::shared_ptr<const RankOutcome> outcome, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    error_ = std::move(error);
    is_over_ = true;
    change_.notify_all();
  }
  void wait(std::size_t done, ServiceClock::time_point until) {
    std::unique_lock lock(mutex_);
    change_.wait_until(lock, until, [&] { return is_over_ || (total_ > 0 && done_ > done); });
  }
  std::shared_ptr<const RankOutcome> outcome() {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
    return outcome_;
  }
  bool is_over() {
    const std::lock_guard lock(mutex_);
    return is_over_;
  }
  std::pair<std::size_t, std::size_t> progress() {
    const std::lock_guard lock(mutex_);
    return {done_, total_};
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::size_t done_ = 0, total_ = 0;
  bool is_over_ = false;
  std::shared_ptr<const RankOutcome> outcome_;
  std::exception_ptr error_;
};

namespace {

using namespace std::chrono_literals;

double seconds_between(ServiceClock::time_point from, ServiceClock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::exception_ptr as_pointer(const HttpError& error) { return std::make_exception_ptr(error); }

}  // namespace

// ---- tickets --------------------------------------------------------------------------------

RankTicket::RankTicket(std::shared_ptr<RankState> state) : state_(std::move(state)) {
  ++state_->tickets;
}
RankTicket::~RankTicket() {
  if (state_) --state_->tickets;
}
void RankTicket::wait(std::size_t done, ServiceClock::time_point until) const {
  state_->wait(done, until);
}
std::shared_ptr<const RankOutcome> RankTicket::outcome() const { return state_->outcome(); }
std::size_t RankTicket::done() const { return state_->progress().first; }
std::size_t RankTicket::total() const { return state_->progress().second; }
bool RankTicket::was_remembered() const { return state_->was_remembered; }

// ---- from any thread ------------------------------------------------------------------------

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

ModelSource JudgeService::model(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (name.empty()) return models_.front();
  std::vector<std::string> names;
  for (const ModelSource& model : models_) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  throw HttpError(404, "model_not_found",
                  fmt::format("There is no model '{}' here; there is: {}.{}", name,
                              fmt::join(names, ", "), did_you_mean(name, names)));
}

std::vector<std::string> JudgeService::model_names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const ModelSource& model : models_) names.push_back(model.name);
  return names;
}

std::vector<std::string> JudgeService::loaded_models() const {
  const std::lock_guard lock(mutex_);
  return loaded_names_;
}

void JudgeService::add_model(ModelSource model) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(models_.begin(), models_.end(),
                                  [&](const auto& one) { return one.name == model.name; });
  if (known == models_.end()) {
    models_.push_back(std::move(model));
  } else {
    *known = std::move(model);
  }
}

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

// ---- of the thread that owns the models -----------------------------------------------------

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
    state->work = std::make_unique<RankWork>(std::move(state->task), model.check,
                                             this->model(state->model).calibration);
    state->tell(0, state->work->total());
    working_.push_back(state);
    working_count_ = working_.size();
  } catch (...) {
    settle(state, std::current_exception());
  }
}

JudgeService::LoadedModel& JudgeService::loaded(const std::string& name) {
  const auto known = loaded_.find(name);
  if (known != loaded_.end()) {
    known->second.used = ServiceClock::now();
    return known->second;
  }
  const ModelSource source = model(name);
  make_room(source.bytes);
  LoadedModel& model = loaded_[name];
  try {
    ServedModel made = source.load();
    model.judge = std::move(made.judge);
    model.chat = std::move(made.chat);
    model.check = std::move(made.check);
    model.bytes = source.bytes;
  } catch (...) {
    loaded_.erase(name);
    throw;
  }
  model.used = ServiceClock::now();
  ++stats_.models_loaded;
  const std::lock_guard lock(mutex_);
  loaded_names_.push_back(name);
  return model;
}

/// Unloads models that nobody asks at the moment, those unused longest first.
void JudgeService::make_room(std::uint64_t bytes) {
  if (options_.model_memory_mb == 0) return;
  const std::uint64_t most = static_cast<std::uint64_t>(options_.model_memory_mb) << 20;
  while (true) {
    std::uint64_t held = bytes;
    auto oldest = loaded_.end();
    for (auto one = loaded_.begin(); one != loaded_.end(); ++one) {
      held += one->second.bytes;
      const bool is_unused = !(one->second.chat && one->second.chat->is_busy()) &&
                             std::none_of(working_.begin(), working_.end(), [&](const auto& state) {
                               return state->model == one->first;
                             });
      if (is_unused && (oldest == loaded_.end() || one->second.used < oldest->second.used))
        oldest = one;
    }
    if (held <= most || loaded_.empty()) return;
    if (oldest == loaded_.end())
      throw HttpError(503, "busy", "There is no memory for this model while others are at work.");
    const std::lock_guard lock(mutex_);
    std::erase(loaded_names_, oldest->first);
    loaded_.erase(oldest);
    ++stats_.models_unloaded;
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
        model.asked[state->work->ask_next(*model.judge)] = state;
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
    if (outcome) remember(state->key, outcome);
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
