// The voter in this process: questions become requests to the engine, completions become votes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "judge/engine/prompt.h"
#include "judge/engine/verdict_parser.h"
#include "judge/voter.h"

namespace juror {

class EngineVoter : public Voter {
 public:
  EngineVoter(std::unique_ptr<Model> model, Processor processor, EngineOptions options = {});

  void check(const Image& view) const override;
  std::size_t ask(Question question) override;
  bool has_room() const override;
  std::optional<Votes> poll() override;
  void cancel() override;
  std::optional<std::int64_t> prompt_tokens(const Question& question) override;
  std::int64_t most_tokens(const Question& question) override;

  /// Hands the request of somebody else to the engine, to be worked on beside the questions; `done`
  /// hears its result from within `poll`, unless that throws. Throws Error as Engine::submit.
  RequestId submit(Request request, std::function<void(Result)> done);
  void cancel_other(RequestId id) { engine_.cancel(id); }
  bool has_others() const { return !others_.empty(); }  ///< such requests that are not done

  const Model& model() const { return engine_.model(); }
  const Processor& processor() const { return processor_; }
  EngineStats stats() const { return engine_.stats(); }

 private:
  /// A question whose votes are still coming.
  struct OpenQuestion {
    VerdictParser parser;
    Question question;
    std::shared_ptr<const ModelInput> prompt;
    Votes votes;
    std::vector<Completion> completions;  ///< of the votes that are read by force
    std::size_t missing = 0;              ///< votes
  };
  /// What a request was made for: all thoughts of a question, or the decision of one vote.
  struct Purpose {
    std::size_t question = 0;
    bool is_decision = false;
    std::size_t vote = 0;
  };
  /// A picture as the vision tower reads it, while a question holds it.
  struct Pixels {
    std::weak_ptr<const Picture> picture;
    std::shared_ptr<const PixelImage> pixels;
  };

  std::vector<std::shared_ptr<const PixelImage>> pixels_of(const Question& question);
  void think(std::size_t number, const OpenQuestion& open, std::uint64_t name);
  void decide(std::size_t number, std::size_t vote, const OpenQuestion& open,
              std::vector<std::int64_t> given);
  void take(const Purpose& purpose, Result result);
  void refuse(std::size_t question, const std::string& why);
  void take_thoughts(const Purpose& purpose, OpenQuestion& open, Result result);
  void take_decision(const Purpose& purpose, OpenQuestion& open, const Result& result);

  Processor processor_;
  Engine engine_;
  BannedTokens banned_;
  std::map<const Picture*, Pixels> pixels_;
  std::map<std::size_t, OpenQuestion> open_;
  std::map<RequestId, Purpose> requests_;
  std::map<RequestId, std::function<void(Result)>> others_;
  std::deque<Votes> finished_;
  std::size_t asked_ = 0;
};

}  // namespace juror
