// The flags of judging by a server.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/options.h"

namespace juror {

struct RemoteOptions {
  std::string judge_url;
  std::string judge_model;
  std::string judge_api_key_file;
  std::int64_t judge_concurrency = 16;
  double judge_timeout_s = 600;
  std::int64_t judge_retries = 6;
  double judge_backoff_s = 1;
  std::function<bool()> goes_on = {};  ///< no flag: asked while waiting; false gives up

  template <class Field>
  void fields(Field&& field) {
    field("judge_url", judge_url,
          "Ask this server instead of a model here: any that speaks OpenAI's chat completions "
          "(vLLM, SGLang, llama-server), e.g. http://localhost:8000");
    field("judge_model", judge_model, "The model's name at the server; empty: the one it lists");
    field("judge_api_key_file", judge_api_key_file, "File that holds the server's API key");
    field("judge_concurrency", judge_concurrency, "Most requests under way at the server",
          Range{1, 4096});
    field("judge_timeout_s", judge_timeout_s, "Most seconds for one answer of the server",
          Range{0.001, 1e6});
    field("judge_retries", judge_retries,
          "How often a request is repeated when the server is busy, fails or is gone",
          Range{0, 1000});
    field("judge_backoff_s", judge_backoff_s,
          "Wait before the first repetition; it doubles with each", Range{0, 3600});
  }
};

}  // namespace juror
