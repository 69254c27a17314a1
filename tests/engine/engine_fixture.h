// Two prompts and the requests that tests of the engine make of them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/tiny_model.h"

namespace juror {

inline constexpr double kRounding = 1e-5;
inline const SamplingOptions kWarm{.temperature = 1.3,
                                   .max_new_tokens = 70};  // beyond the first capacity of the cache

using Prompt = std::shared_ptr<const ModelInput>;

inline Prompt shared(ModelInput input) {
  return std::make_shared<const ModelInput>(std::move(input));
}

/// Two prompts with pictures, one of them of another length.
struct EngineFixture {
  std::shared_ptr<const Model> model = tiny_model();
  std::vector<Prompt> prompts = {shared(tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)})),
                                 shared(tiny_prompt(4, {tiny_image(2, 2, 4)}))};
  BannedTokens banned = banned_tokens(tiny_config(), kTinyVocabulary);

  /// Completions number `first` and following of a prompt.
  Request request(std::size_t prompt, std::uint64_t first, std::uint64_t count,
                  const SamplingOptions& sampling = kWarm) const {
    Request made{.prompt = prompts[prompt]};
    for (std::uint64_t i = first; i < first + count; ++i)
      made.samples.push_back({.seed = 5, .prompt = prompt, .sample = i});
    made.options = {.sampling = sampling, .banned = banned};
    return made;
  }
  /// Six completions of both prompts, in an order that mixes them.
  std::vector<Request> mixed(const SamplingOptions& sampling = kWarm) const {
    return {request(0, 0, 2, sampling), request(1, 0, 1, sampling), request(0, 2, 1, sampling),
            request(1, 1, 2, sampling)};
  }
  std::vector<Result> run(std::vector<Request> requests, EngineOptions options = {}) const {
    return Engine(model, std::move(options)).run(std::move(requests));
  }
  Completion alone(Request request, std::size_t sample) const {
    request.samples = {request.samples[sample]};
    return run({std::move(request)}).front().completions.front();
  }
};

/// Largest difference between recorded log-probs and those of one uncached pass over prompt and
/// completion.
inline double logprob_error(const Model& model, const ModelInput& prompt,
                            const Completion& completion, double temperature) {
  const auto count = static_cast<std::int64_t>(completion.token_ids.size());
  const Tensor logits = full_logits(model, prompt, completion.token_ids);
  const Tensor before = logits.narrow(0, logits.size(0) - count - 1, count) / temperature;
  const Tensor ids = at::tensor(completion.token_ids, at::kLong).unsqueeze(1);
  const Tensor expected = at::log_softmax(before, -1).gather(1, ids).squeeze(1);
  return (expected - at::tensor(completion.logprobs)).abs().max().item<double>();
}

inline void expect_equal(const Completion& a, const Completion& b) {
  EXPECT_EQ(a.token_ids, b.token_ids);
  EXPECT_EQ(a.finish, b.finish);
  ASSERT_EQ(a.logprobs.size(), b.logprobs.size());
  for (std::size_t t = 0; t < a.logprobs.size(); ++t)
    EXPECT_NEAR(a.logprobs[t], b.logprobs[t], kRounding);
}

}  // namespace juror
