// What the engine admits and shares, and the budgets that it keeps.
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/engine_fixture.h"

namespace juror {
namespace {

TEST(Engine, NeverDecodesMoreRowsThanItsBudgetWhateverARequestAsksFor) {
  const EngineFixture f;
  Engine engine(f.model, {.batch_rows = 4});
  const SamplingOptions brief{.temperature = 1.3, .max_new_tokens = 5};
  const std::vector<Result> results =
      engine.run({f.request(0, 0, 7, brief), f.request(1, 0, 4, brief)});
  EXPECT_EQ(engine.stats().most_rows, 4);
  EXPECT_EQ(engine.stats().tokens_decoded, 11 * 5);
  for (std::size_t k = 0; k < 7; ++k)
    expect_equal(results[0].completions[k], f.alone(f.request(0, 0, 7, brief), k));
}

TEST(Engine, PrefillsAPromptOnceForAllThatHaveIt) {
  const EngineFixture f;
  Engine engine(f.model);
  const Prompt again = shared(ModelInput(*f.prompts[0]));  // the same content elsewhere
  Request other = f.request(0, 2, 1);
  other.prompt = again;
  engine.run({f.request(0, 0, 2), f.request(1, 0, 1), other});
  engine.run({f.request(0, 5, 1)});
  EXPECT_EQ(engine.stats().prompts_prefilled, 2);
  EXPECT_EQ(engine.stats().prefix_hits, 2);
  EXPECT_EQ(engine.stats().images_encoded, 2);
  engine.weights_changed();
  engine.run({f.request(0, 5, 1)});
  EXPECT_EQ(engine.stats().prompts_prefilled, 3);
  EXPECT_EQ(engine.stats().images_encoded, 4);
}

TEST(Engine, PromptsThatDifferInAPictureAloneShareNothing) {
  const EngineFixture f;
  Engine engine(f.model);
  Request first = f.request(0, 0, 1), second = first;
  first.prompt = shared(tiny_prompt(1, {tiny_image(1)}));
  second.prompt = shared(tiny_prompt(1, {tiny_image(3)}));
  const auto results = engine.run({first, second});
  EXPECT_EQ(engine.stats().prompts_prefilled, 2);
  EXPECT_LE(logprob_error(*f.model, *second.prompt, results[1].completions[0], 1.3), kRounding);
}

TEST(Engine, KeepsNoMorePrefixesThanItsBudgetAndDropsTheLeastRecentlyUsed) {
  const EngineFixture f;
  Engine probe(f.model);
  probe.run({f.request(0, 0, 1)});
  const std::uint64_t one = probe.stats().prefix_bytes;
  Engine engine(f.model, {.prefix_bytes = 2 * one});
  Request longest = f.request(0, 0, 1, {.max_new_tokens = 2});
  const auto ask = [&](std::int64_t first) {
    longest.prompt = shared(tiny_prompt(first, {tiny_image(1), tiny_image(2, 2, 4)}));
    engine.run({longest});
    EXPECT_LE(engine.stats().prefix_bytes, 2 * one);
    return engine.stats().prompts_prefilled;
  };
  EXPECT_EQ(ask(1), 1);
  EXPECT_EQ(ask(2), 2);
  EXPECT_EQ(ask(1), 2);
  EXPECT_EQ(ask(3), 3);  // drops 2
  EXPECT_EQ(ask(1), 3);
  EXPECT_EQ(ask(2), 4);
}

TEST(Engine, PromptsInUseStayWithinTheBudgetToo) {
  const EngineFixture f;
  Engine probe(f.model);
  probe.run({f.request(0, 0, 1)});
  const std::uint64_t one = probe.stats().prefix_bytes;
  Engine engine(f.model, {.prefix_bytes = 2 * one});
  std::vector<Request> requests;
  for (std::int64_t first = 1; first <= 5; ++first) {
    requests.push_back(f.request(0, 0, 1, {.max_new_tokens = 3}));
    requests.back().prompt = shared(tiny_prompt(first, {tiny_image(1), tiny_image(2, 2, 4)}));
    engine.submit(requests.back());
  }
  while (engine.step()) EXPECT_LE(engine.stats().prefix_bytes, 2 * one);
  EXPECT_EQ(engine.take_finished().size(), 5U);
}

TEST(Engine, PrefillsNoMorePromptTokensAStepThanItsBudgetAndDecodesMeanwhile) {
  const EngineFixture f;
  const std::int64_t length = static_cast<std::int64_t>(f.prompts[0]->token_ids.size());
  Engine engine(f.model, {.prefill_tokens = 2 * length});
  for (std::int64_t first = 1; first <= 5; ++first) {
    Request request = f.request(0, 0, 1, {.max_new_tokens = 10});
    request.prompt = shared(tiny_prompt(first, {tiny_image(1), tiny_image(2, 2, 4)}));
    engine.submit(request);
  }
  engine.step();
  EXPECT_EQ(engine.stats().prompts_prefilled, 2);
  EXPECT_EQ(engine.stats().tokens_decoded, 2);
  engine.step();
  EXPECT_EQ(engine.stats().prompts_prefilled, 4);
  EXPECT_EQ(engine.stats().tokens_decoded, 6);
  while (engine.step()) {
  }
  EXPECT_EQ(engine.stats().most_prefill_tokens, 2 * length);
}

TEST(Engine, LargerPrioritiesGoFirst) {
  const EngineFixture f;
  Engine engine(f.model, {.batch_rows = 1});
  const SamplingOptions brief{.max_new_tokens = 2};
  Request urgent = f.request(1, 0, 1, brief);
  urgent.priority = 1;
  const RequestId later = engine.submit(f.request(0, 0, 1, brief)), first = engine.submit(urgent);
  while (engine.step()) {
  }
  const std::vector<Result> results = engine.take_finished();
  EXPECT_EQ(results[0].id, first);
  EXPECT_EQ(results[1].id, later);
}

}  // namespace
}  // namespace juror
