// A voter at a server that speaks OpenAI's chat completions: vLLM, SGLang, llama-server, or a
// cluster of them behind one address. One thread, many requests under way.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "judge/remote/chat_protocol.h"
#include "judge/remote/prompt_lengths.h"
#include "judge/remote/remote_options.h"
#include "judge/remote/server.h"
#include "judge/voter.h"

namespace juror {

class RemoteVoter : public Voter {
 public:
  /// Looks at nothing but the options and the key's file, which must hold one line.
  explicit RemoteVoter(const RemoteOptions& options);

  /// Finds the model's name if it was left out, and what the server can do, by a few tiny requests;
  /// what it cannot do is told by warnings. Called by the first `ask` unless it was called before.
  /// Throws Error naming the URL.
  void connect();
  const std::string& model() const { return model_.id; }
  /// The template that the server says it asks the model with (`juror serve` does), as TOML; "".
  const std::string& prompt_template() const { return model_.prompt_template; }
  const ServerAbilities& abilities() const { return abilities_; }

  std::size_t ask(Question question) override;
  bool has_room() const override;
  std::optional<Votes> poll() override;
  void cancel() override;
  std::optional<std::int64_t> prompt_tokens(const Question&) override { return std::nullopt; }
  /// Connects, to know what has to be asked, and before the first question asks what its pictures
  /// take.
  std::int64_t most_tokens(const Question& question) override;

 private:
  using Clock = std::chrono::steady_clock;

  enum class CallKind { kThoughts, kForced, kImmediate };

  /// A request to make, or to make again.
  struct Call {
    CallKind kind = CallKind::kThoughts;
    std::size_t question = 0;
    ChatCall chat;
    std::int64_t failures = 0;
    Clock::time_point not_before = {};
  };

  /// A question whose votes are still coming.
  struct OpenQuestion {
    Question question;
    Votes votes;
    std::int64_t missing = 0;
    std::int64_t tokens = 0;  ///< that its requests took
  };

  bool asks_together(const Question& question) const;
  bool can_force(const Question& question) const;
  std::int64_t most_tokens(const Question& question, const ChatCall& call, CallKind kind) const;
  void measure_pictures(const Question& question);
  bool measure(const std::shared_ptr<const Picture>& picture);
  void count(const Call& call, OpenQuestion& open, const ChatAnswer& answer);
  void finish(std::size_t question);
  void enqueue_thoughts(std::size_t question, std::int64_t first, std::int64_t count);
  void start_calls();
  double seconds_to_wait() const;
  void handle(Call call, const HttpResponse& response);
  void retry(Call call, const std::string& reason, double retry_after_s);
  void refuse(const Call& call, const HttpResponse& response);
  void take(const Call& call, const ChatAnswer& answer);
  void take_thoughts(const Call& call, OpenQuestion& open, const ChatAnswer& answer);
  void take_decision(const Call& call, OpenQuestion& open, const ChatChoice& choice);

  RemoteOptions options_;
  ChatServerClient server_;
  ListedModel model_;
  bool is_connected_ = false;
  ServerAbilities abilities_;
  PromptLengths prompts_;
  std::int64_t tokens_to_connect_ = 0;  // until they are counted with the first votes
  std::int64_t known_choices_ = 1;      // that one answer had, as far as it is known
  bool can_measure_ = true;             // false once the server did not say what a picture takes
  bool is_told_of_usage_ = false;
  ImageUris uris_;
  std::map<std::size_t, OpenQuestion> open_;
  std::deque<Call> waiting_;
  std::map<std::size_t, Call> under_way_;  // by exchange
  std::deque<Votes> finished_;
  std::size_t asked_ = 0;
  std::uint64_t retries_ = 0;  // names the jitter
};

}  // namespace juror
