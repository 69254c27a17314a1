// Conversations answered by the engine of a voter, beside its questions.
#pragma once

#include <list>
#include <memory>

#include "judge/engine/engine_voter.h"
#include "serve/chat_model.h"

namespace juror {

class EngineChat : public ChatModel {
 public:
  /// The voter must outlive it.
  explicit EngineChat(EngineVoter& voter) : voter_(voter) {}
  void ask(ChatTask task, ChatListener listener) override;
  bool is_busy() const override { return voter_.has_others(); }

 private:
  EngineVoter& voter_;
};

}  // namespace juror
