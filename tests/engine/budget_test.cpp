// What the engine admits and shares, and the budgets that it keeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "engine/admission.h"
#include "engine/engine_fixture.h"

namespace juror {
namespace {

/// A request for a prompt of `extra` tokens more than three, which no other number `first` has.
Request small_request(const EngineFixture& f, std::int64_t first, std::int64_t extra,
                      std::int64_t tokens) {
  Request request = f.request(0, 0, 1, {.max_new_tokens = tokens});
  ModelInput prompt;
  prompt.token_ids = {first, 7, 11};
  prompt.token_ids.insert(prompt.token_ids.end(), static_cast<std::size_t>(extra), 8);
  request.prompt = shared(std::move(prompt));
  return request;
}

/// Bytes that the engine holds for a prompt.
std::uint64_t bytes_of_prompt(const EngineFixture& f, const Request& request) {
  Engine engine(f.model);
  engine.run({request});
  return engine.stats().cache_bytes;
}

/// Steps to the end. Returns the most bytes of keys and values that were held after a step.
std::uint64_t most_bytes(Engine& engine) {
  std::uint64_t most = 0;
  for (bool goes_on = true; goes_on;) {
    goes_on = engine.step();
    most = std::max(most, engine.stats().cache_bytes);
  }
  return most;
}

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
  const std::uint64_t one = probe.stats().cache_bytes;
  Engine engine(f.model, {.cache_bytes = 2 * one});
  Request longest = f.request(0, 0, 1, {.max_new_tokens = 1});
  const auto ask = [&](std::int64_t first) {
    longest.prompt = shared(tiny_prompt(first, {tiny_image(1), tiny_image(2, 2, 4)}));
    engine.run({longest});
    EXPECT_LE(engine.stats().cache_bytes, 2 * one);
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
  const std::uint64_t one = probe.stats().cache_bytes;
  const std::uint64_t budget = 2 * one + row_bytes(*f.model, 2, 2);
  Engine engine(f.model, {.cache_bytes = budget});
  std::vector<Request> requests;
  for (std::int64_t first = 1; first <= 5; ++first) {
    requests.push_back(f.request(0, 0, 1, {.max_new_tokens = 3}));
    requests.back().prompt = shared(tiny_prompt(first, {tiny_image(1), tiny_image(2, 2, 4)}));
    engine.submit(requests.back());
  }
  while (engine.step()) EXPECT_LE(engine.stats().cache_bytes, budget);
  EXPECT_EQ(engine.take_finished().size(), 5U);
}

TEST(Engine, KeepsNoMoreFeaturesOfPicturesThanItsBudgetAndEncodesAgainWhatItDropped) {
  const EngineFixture f;
  const SamplingOptions brief{.max_new_tokens = 2};
  const auto request = [&](std::int64_t first, std::int64_t picture) {
    Request made = f.request(0, 0, 1, brief);
    made.prompt = shared(tiny_prompt(first, {tiny_image(picture, 2, 4)}));
    return made;
  };
  Engine probe(f.model);
  const Result wanted = probe.run({request(1, 1)}).front();
  const std::uint64_t one = probe.stats().feature_bytes;
  Engine engine(f.model, {.feature_bytes = 2 * one});
  for (std::int64_t picture = 1; picture < 5; ++picture) engine.submit(request(1, picture));
  while (engine.step()) EXPECT_LE(engine.stats().feature_bytes, 2 * one);
  EXPECT_EQ(engine.stats().images_encoded, 4);
  engine.run({request(2, 4)});  // another prompt, and a picture that is still there
  EXPECT_EQ(engine.stats().feature_hits, 1);
  EXPECT_EQ(engine.stats().images_encoded, 4);
  engine.forget_prefixes();
  const Result again = engine.run({request(1, 1)}).front();  // whose picture was dropped
  EXPECT_EQ(engine.stats().images_encoded, 5);
  expect_equal(again.completions.front(), wanted.completions.front());
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

TEST(Engine, ALargePromptIsNotOvertakenForEverBySmallOnes) {
  const EngineFixture f;
  const Request large = small_request(f, 1, 200, 2);
  Engine engine(f.model, {.cache_bytes = bytes_of_prompt(f, large) + row_bytes(*f.model, 1, 1)});
  std::int64_t first = 2;
  engine.submit(small_request(f, first++, 0, 4));
  engine.step();
  const RequestId id = engine.submit(large);
  for (int step = 0; step < 40; ++step) {
    engine.submit(small_request(f, first++, 0, 4));
    engine.step();
  }
  const std::vector<Result> results = engine.take_finished();
  ASSERT_GT(results.size(), 2U);
  EXPECT_EQ(results[1].id, id);  // behind the one that decoded when it came, before all others
}

TEST(Engine, ALargePriorityOvertakesWhoeverWaits) {
  const EngineFixture f;
  const Request large = small_request(f, 1, 200, 2);
  Engine engine(f.model, {.cache_bytes = bytes_of_prompt(f, large) + row_bytes(*f.model, 1, 1)});
  engine.submit(small_request(f, 2, 0, 4));
  engine.step();
  const RequestId waits = engine.submit(large), behind = engine.submit(small_request(f, 3, 0, 1));
  Request urgent = small_request(f, 4, 0, 1);
  urgent.priority = 1;
  const RequestId overtakes = engine.submit(urgent);
  while (engine.step()) {
  }
  std::vector<RequestId> ends;
  for (const Result& result : engine.take_finished()) ends.push_back(result.id);
  EXPECT_THAT(ends, ::testing::ElementsAre(overtakes, 1, waits, behind));
}

TEST(Engine, AContinuedPrefixCountsBesideThePromptThatItContinues) {
  const EngineFixture f;
  Request request = small_request(f, 1, 20, 5);
  const std::uint64_t prompt = bytes_of_prompt(f, request),
                      continued = bytes_of_prompt(f, small_request(f, 1, 24, 5));
  request.given = {5, 6, 8, 12};
  std::vector<Request> requests(3, request);
  for (std::int64_t i = 0; i < 3; ++i) {
    requests[static_cast<std::size_t>(i)].prompt = small_request(f, i, 20, 5).prompt;
  }
  const std::uint64_t budget = 2 * (prompt + continued) + row_bytes(*f.model, 2, 4);
  Engine engine(f.model, {.cache_bytes = budget});
  for (const Request& one : requests) engine.submit(one);
  EXPECT_EQ(most_bytes(engine), budget);
  EXPECT_EQ(engine.stats().most_rows, 2);
  EXPECT_EQ(engine.take_finished().size(), 3U);
}

TEST(Engine, PrefixesOfTheCallerCountOnceHoweverManyRequestsContinueThem) {
  const EngineFixture f;
  std::vector<Request> requests;
  for (std::int64_t first = 1; first <= 3; ++first) {
    Request request = small_request(f, first, 20, 5);
    request.prefix = std::make_shared<const Prefix>([&] {
      FeatureCache features;
      return prefill(*f.model, *request.prompt, features);
    }());
    request.prompt.reset();
    requests.insert(requests.end(), 2, request);
  }
  const std::uint64_t one = bytes_of_prompt(f, small_request(f, 1, 20, 5));
  const std::uint64_t budget = 2 * one + row_bytes(*f.model, 4, 4);
  Engine engine(f.model, {.cache_bytes = budget});
  for (const Request& request : requests) engine.submit(request);
  EXPECT_EQ(most_bytes(engine), budget);
  EXPECT_EQ(engine.stats().cache_bytes, 0U);
  EXPECT_EQ(engine.take_finished().size(), 6U);
}

TEST(Engine, RefusesAPromptThatNoBudgetHoldsAndSaysWhatFits) {
  const EngineFixture f;
  const Request fits = small_request(f, 1, 20, 5);
  Engine engine(f.model, {.cache_bytes = bytes_of_prompt(f, fits) + row_bytes(*f.model, 1, 4)});
  EXPECT_EQ(engine.run({fits}).front().end, RequestEnd::kDone);
  try {
    engine.submit(small_request(f, 1, 21, 5));
    FAIL() << "a prompt of 24 tokens was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("24 tokens"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("at most 23 tokens"));
  }
  EXPECT_EQ(engine.unfinished(), 0U);
}

TEST(Engine, DecodesAsManyCompletionsTogetherAsTheBytesAllow) {
  const EngineFixture f;
  const Request request = f.request(0, 0, 7, {.temperature = 1.3, .max_new_tokens = 70});
  const std::uint64_t budget = bytes_of_prompt(f, request) + row_bytes(*f.model, 3, 69);
  Engine engine(f.model, {.cache_bytes = budget});
  const RequestId id = engine.submit(request);
  EXPECT_EQ(most_bytes(engine), budget);
  EXPECT_EQ(engine.stats().most_rows, 3);
  const Result result = engine.wait(id);
  for (std::size_t k = 0; k < 7; ++k) expect_equal(result.completions[k], f.alone(request, k));
}

TEST(Engine, RefusesACompletionThatNoBudgetHolds) {
  const EngineFixture f;
  const Request request = small_request(f, 1, 20, 500);
  Engine engine(f.model, {.cache_bytes = row_bytes(*f.model, 1, 499)});
  try {
    engine.submit(request);
    FAIL() << "a completion of 500 tokens was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("max_new_tokens"));
  }
}

TEST(Engine, RowsOfAnyLengthsStayWithinTheBudgetAndComeToTheirEnds) {
  const EngineFixture f;
  std::vector<Request> requests;
  for (std::int64_t i = 0; i < 12; ++i) {
    requests.push_back(small_request(f, 1 + i % 5, i, 1 + 37 * i % 150));
    requests.back().samples.resize(static_cast<std::size_t>(1 + i % 4), {.seed = 3});
    for (std::size_t k = 0; k < requests.back().samples.size(); ++k)
      requests.back().samples[k].sample = k;
  }
  const std::uint64_t prompts = 3 * bytes_of_prompt(f, small_request(f, 1, 12, 1)),
                      rows = row_bytes(*f.model, 3, 149);
  Engine engine(f.model, {.batch_rows = 8, .cache_bytes = prompts + rows});
  for (const Request& request : requests) engine.submit(request);
  while (engine.step()) {
    EXPECT_LE(engine.stats().cache_bytes, prompts + rows);
    EXPECT_LE(engine.stats().row_bytes, engine.stats().cache_bytes);
  }
  EXPECT_EQ(engine.take_finished().size(), 12U);
  EXPECT_EQ(engine.stats().row_bytes, 0U);
}

TEST(Engine, LongGivenTokensPassInPiecesWhileOthersDecode) {
  const EngineFixture f;
  Request request = small_request(f, 2, 2, 6);
  request.given = {5, 6, 8, 12, 9, 4, 7, 11, 13, 6, 5, 8};
  request.scores_given = true;
  const Result whole = f.run({request}).front();
  Engine engine(f.model, {.prefill_tokens = 5});
  engine.submit(small_request(f, 1, 0, 10));
  engine.step();
  const RequestId id = engine.submit(request);
  for (int step = 1; step <= 3; ++step) {
    engine.step();
    EXPECT_EQ(engine.stats().given_tokens, std::min(5 * step, 12));
    EXPECT_EQ(engine.stats().tokens_decoded, step < 3 ? 1 + step : 1 + step + 1);
  }
  const Result result = engine.wait(id);
  expect_equal(result.completions[0], whole.completions[0]);
  ASSERT_EQ(result.given_logprobs.size(), 12U);
  for (std::size_t t = 0; t < 12; ++t)
    EXPECT_NEAR(result.given_logprobs[t], whole.given_logprobs[t], kRounding);
}

TEST(Engine, GivenTokensInPiecesStayWithinTheBudget) {
  const EngineFixture f;
  Request request = small_request(f, 2, 2, 6);
  request.given = {5, 6, 8, 12, 9, 4, 7, 11, 13, 6, 5, 8};
  request.samples.clear();
  request.options.watched_ids = {3};
  const std::vector<float> whole = f.run({request}).front().next;
  const std::uint64_t budget = prefix_bytes(*f.model, 5) + 2 * prefix_bytes(*f.model, 17);
  Engine engine(f.model, {.prefill_tokens = 5, .cache_bytes = budget});
  const RequestId id = engine.submit(request);
  EXPECT_EQ(most_bytes(engine), budget);
  EXPECT_NEAR(engine.wait(id).next.front(), whole.front(), kRounding);
  EXPECT_THROW(Engine(f.model, {.prefill_tokens = 5, .cache_bytes = budget - 1}).submit(request),
               Error);
}

TEST(Engine, ALongPromptPassesInPiecesWhileOthersDecode) {
  const EngineFixture f;
  Engine engine(f.model, {.prefill_tokens = 5});
  const Request decoding = small_request(f, 1, 0, 10);
  const RequestId first = engine.submit(decoding);
  engine.step();
  const RequestId id = engine.submit(f.request(0, 0, 2));  // 14 tokens: three pieces
  for (int step = 1; step <= 3; ++step) {
    engine.step();
    EXPECT_EQ(engine.stats().tokens_decoded, step < 3 ? 1 + step : 1 + step + 2);
    EXPECT_EQ(engine.stats().prompts_prefilled, step < 3 ? 1 : 2);
  }
  EXPECT_EQ(engine.stats().most_prefill_tokens, 5);
  EXPECT_EQ(engine.stats().prompt_tokens, 3 + 14);
  const Result result = engine.wait(id);
  for (std::size_t k = 0; k < 2; ++k)
    expect_equal(result.completions[k], f.alone(f.request(0, 0, 2), k));
  expect_equal(engine.wait(first).completions[0], f.alone(decoding, 0));
}

TEST(Engine, ARequestWhosePromptIsKnownDoesNotWaitForTheLongPromptBeforeIt) {
  const EngineFixture f;
  Engine engine(f.model, {.prefill_tokens = 5});
  const Request known = small_request(f, 1, 0, 1);
  engine.run({known});
  const RequestId pieces = engine.submit(small_request(f, 2, 30, 1)), quick = engine.submit(known);
  engine.step();
  const std::vector<Result> ended = engine.take_finished();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].id, quick);
  EXPECT_EQ(engine.wait(pieces).end, RequestEnd::kDone);
}

TEST(Engine, APromptCancelledBetweenItsPiecesLeavesNothingAndOthersKeepTheirs) {
  const EngineFixture f;
  Engine engine(f.model, {.prefill_tokens = 5});
  const RequestId gone = engine.submit(f.request(0, 0, 1)),
                  stays = engine.submit(f.request(0, 1, 1));
  engine.step();
  engine.cancel(gone);
  expect_equal(engine.wait(stays).completions[0], f.alone(f.request(0, 1, 1), 0));
  EXPECT_EQ(engine.stats().prompts_prefilled, 1);
  const std::uint64_t held = engine.stats().cache_bytes;
  const RequestId alone = engine.submit(small_request(f, 9, 20, 3));
  engine.step();
  EXPECT_GT(engine.stats().cache_bytes, held);
  engine.cancel(alone);
  engine.step();
  EXPECT_EQ(engine.stats().cache_bytes, held);
}

}  // namespace
}  // namespace juror
