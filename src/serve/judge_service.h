// Where many requests meet one thread that owns the models: a bounded queue in front, rankings that
// share the voter's batch, equal ones worked on once, outcomes remembered. Knows no HTTP but the
// errors that a request may end with.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "preference/calibration.h"
#include "serve/chat_model.h"
#include "serve/rank_state.h"

namespace juror {

/// A model in memory.
struct ServedModel {
  std::unique_ptr<Judge> judge;
  std::unique_ptr<ChatModel> chat = {};  ///< null: it holds no conversations
  PictureCheck check = {};               ///< null: it can be shown any
};

/// A model that can be asked by its name; loaded when it is first asked.
struct ModelSource {
  std::string name;
  PromptTemplate prompt_template;
  Calibration calibration = {};
  std::uint64_t bytes = 0;  ///< of memory once it is loaded, about
  std::function<ServedModel()> load;
};

struct ServiceOptions {
  std::int64_t queue = 256;
  std::int64_t working = 64;  ///< rankings worked on at once; more wait in the queue
  std::int64_t result_cache = 1024;
  double drain_timeout_s = 30;
  std::int64_t model_memory_mb = 0;

  template <class Field>
  void fields(Field&& field) {
    field("queue", queue, "Most rankings that wait; others get 503", Range{1, 1 << 20});
    field("result_cache", result_cache, "Outcomes remembered; 0: none", Range{0, 1 << 20});
    field("drain_timeout_s", drain_timeout_s,
          "Seconds that work under way may take after SIGTERM before it is given up",
          Range{0, 86400});
    field("model_memory_mb", model_memory_mb,
          "Megabytes that loaded models may take together; those unused longest go first. 0: all "
          "stay",
          Range{0, 1 << 24});
  }
};

struct ServiceStats {
  std::atomic<std::uint64_t> submitted{0}, joined{0}, remembered{0}, refused{0}, finished{0},
      failed{0}, abandoned{0}, comparisons{0}, votes{0}, unread{0}, prompt_tokens{0},
      completion_tokens{0}, models_loaded{0}, models_unloaded{0};
};

class JudgeService {
 public:
  /// The first model is the one meant by no name. Throws Error without models or for two of a name.
  JudgeService(std::vector<ModelSource> models, const ServiceOptions& options);
  ~JudgeService();

  /// Loads the first model, then works until `goes_on` says no, finishes what is under way within
  /// the drain timeout, and returns. Throws Error when the first model cannot be loaded.
  void run(const std::function<bool()>& goes_on);

  /// From any thread. Throws HttpError: 404 for a model that is not there, 503 when the queue is
  /// full or the server is stopping.
  RankTicket submit(RankTask task);

  /// Queues a conversation; the listener hears of it from the thread that owns the model. Throws
  /// HttpError as `submit`.
  void ask_chat(const std::string& model, ChatTask task, ChatListener listener);

  /// The source of a name; "" is the first. Throws HttpError (404).
  ModelSource model(const std::string& name) const;
  std::vector<std::string> model_names() const;
  std::vector<std::string> loaded_models() const;
  /// Offers another model, or another of a name.
  void add_model(ModelSource model);

  bool is_ready() const { return is_ready_; }
  bool is_draining() const { return is_draining_; }
  std::size_t waiting() const;
  std::size_t working() const { return working_count_; }
  const ServiceStats& stats() const { return stats_; }

 private:
  struct LoadedModel {
    std::unique_ptr<Judge> judge;
    std::unique_ptr<ChatModel> chat;  // before the judge goes, whose engine it asks
    PictureCheck check;
    std::map<std::size_t, std::shared_ptr<RankState>> asked;  ///< by comparison number
    std::uint64_t bytes = 0;
    ServiceClock::time_point used;
  };

  struct WaitingChat {
    std::string model;
    ChatTask task;
    ChatListener listener;
  };

  bool is_idle();
  void begin_chats();
  void admit_waiting();
  void begin(const std::shared_ptr<RankState>& state);
  LoadedModel& loaded(const std::string& name);
  void make_room(std::uint64_t bytes);
  void drop_unwanted();
  void ask_all();
  void poll_all();
  void finish_done();
  void settle(const std::shared_ptr<RankState>& state, std::exception_ptr error);
  void fail_model(const std::string& name, std::exception_ptr error);
  void remember(const std::string& key, std::shared_ptr<const RankOutcome> outcome);

  ServiceOptions options_;
  ServiceStats stats_;
  std::atomic<bool> is_ready_{false}, is_draining_{false}, is_over_{false};
  std::atomic<std::size_t> working_count_{0};

  mutable std::mutex mutex_;  // of all that stands up to the next comment
  std::condition_variable arrival_;
  std::vector<ModelSource> models_;
  std::deque<std::shared_ptr<RankState>> queue_;
  std::deque<WaitingChat> chats_;
  std::map<std::string, std::weak_ptr<RankState>> under_way_;
  std::list<std::pair<std::string, std::shared_ptr<const RankOutcome>>> remembered_;  // last first
  std::map<std::string, decltype(remembered_)::iterator> places_;
  std::vector<std::string> loaded_names_;

  // of the thread of `run` alone
  std::map<std::string, LoadedModel> loaded_;
  std::list<std::shared_ptr<RankState>> working_;
};

}  // namespace juror
