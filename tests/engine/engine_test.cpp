// The engine against one uncached pass, and against itself in other company.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/random.h"
#include "engine/engine_fixture.h"

namespace juror {
namespace {

TEST(Engine, LogProbsEqualOneUncachedPassOverPromptAndCompletion) {
  const EngineFixture f;
  const std::vector<Request> requests = f.mixed();
  const std::vector<Result> results = f.run(requests);
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (const Completion& completion : results[i].completions) {
      ASSERT_EQ(completion.token_ids.size(), 70U);
      EXPECT_LE(logprob_error(*f.model, *requests[i].prompt, completion, 1.3), kRounding);
    }
  }
}

TEST(Engine, LogProbsAreOfTheWholeDistributionWhateverIsCut) {
  const EngineFixture f;
  const auto results = f.run({f.request(
      0, 0, 1,
      {.temperature = 0.8, .top_k = 3, .top_p = 0.9, .min_p = 0.1, .max_new_tokens = 12})});
  EXPECT_LE(logprob_error(*f.model, *f.prompts[0], results[0].completions[0], 0.8), kRounding);
}

TEST(Engine, SamplesOfOnePromptDifferAndTheSameNameRepeats) {
  const EngineFixture f;
  Request request = f.request(0, 0, 2);
  request.samples.push_back(request.samples[0]);
  const auto completions = f.run({request}).front().completions;
  EXPECT_NE(completions[0].token_ids, completions[1].token_ids);
  EXPECT_EQ(completions[0].token_ids, completions[2].token_ids);
}

TEST(Engine, AfterAllAreCancelledNothingThatWaitsJoins) {
  const EngineFixture f;
  Engine engine(f.model, {.batch_rows = 2});
  Request request = f.request(0, 0, 5);
  std::vector<int> heard(5, 0);
  request.on_token = [&](std::size_t sample, std::int64_t) {
    ++heard[sample];
    return sample == 1 && heard[1] == 3 ? TokenAction::kCancelAll : TokenAction::kContinue;
  };
  const std::vector<Result> results = engine.run({request, f.request(1, 0, 2)});
  EXPECT_EQ(heard, (std::vector<int>{3, 3, 0, 0, 0}));
  for (const Result& result : results) {
    EXPECT_EQ(result.end, RequestEnd::kCancelled);
    for (const Completion& one : result.completions) EXPECT_EQ(one.finish, Finish::kCancelled);
  }
  EXPECT_TRUE(results[1].completions[0].token_ids.empty());
  EXPECT_EQ(engine.unfinished(), 0U);
}

TEST(Engine, AnOrderOfArrivalAndACompanyDrawnAtRandomChangeNoCompletion) {
  const EngineFixture f;
  const std::vector<SamplingOptions> samplings = {
      {.temperature = 1.3, .max_new_tokens = 9},
      {.temperature = 0.0, .max_new_tokens = 12},
      {.temperature = 0.7, .top_k = 5, .max_new_tokens = 4},
      {.temperature = 1.0, .top_p = 0.8, .max_new_tokens = 20}};
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(seed);
    Random random{seed};
    const auto below = [&](std::uint64_t n) {
      return static_cast<std::uint64_t>(random.uniform() * static_cast<double>(n));
    };
    Engine engine(f.model, {.batch_rows = static_cast<std::int64_t>(1 + below(6)),
                            .prefill_tokens = static_cast<std::int64_t>(1 + below(30))});
    std::map<RequestId, Request> asked;
    for (int i = 0; i < 8; ++i) {
      Request request = f.request(below(2), below(3), 1 + below(3), samplings[below(4)]);
      request.priority = static_cast<std::int64_t>(below(2));
      const RequestId id = engine.submit(request);
      asked[id] = std::move(request);
      for (std::uint64_t steps = below(6); steps > 0; --steps) engine.step();
    }
    while (engine.step()) {
    }
    for (const Result& result : engine.take_finished()) {
      const Request& request = asked.at(result.id);
      EXPECT_EQ(result.end, RequestEnd::kDone);
      for (std::size_t k = 0; k < request.samples.size(); ++k)
        expect_equal(result.completions[k], f.alone(request, k));
      asked.erase(result.id);
    }
    EXPECT_TRUE(asked.empty());
  }
}

TEST(Engine, StopsAtAnyStopIdAndOtherRowsGoOn) {
  const EngineFixture f;
  std::vector<Request> requests = f.mixed();
  const auto free = f.run(requests);
  const std::vector<std::int64_t> stops = {free[0].completions[0].token_ids[20],
                                           free[1].completions[0].token_ids[9]};
  for (Request& request : requests) request.options.stop_ids = stops;
  const auto stopped = f.run(requests);
  for (std::size_t i = 0; i < free.size(); ++i) {
    for (std::size_t k = 0; k < free[i].completions.size(); ++k) {
      const auto& ids = free[i].completions[k].token_ids;
      const auto stop = std::find_first_of(ids.begin(), ids.end(), stops.begin(), stops.end());
      const bool ends = stop != ids.end();
      EXPECT_EQ(stopped[i].completions[k].token_ids,
                std::vector<std::int64_t>(ids.begin(), ends ? stop + 1 : stop));
      EXPECT_EQ(stopped[i].completions[k].finish, ends ? Finish::kStop : Finish::kLength);
    }
  }
  EXPECT_EQ(stopped[0].completions[0].finish, Finish::kStop);
}

TEST(Engine, NeverSamplesABannedId) {
  const EngineFixture f;
  BannedTokens banned = f.banned;
  for (std::int64_t id = 10; id < 50; ++id) banned.ban(id);
  Request request = f.request(0, 0, 6, {.temperature = 50.0, .max_new_tokens = 60});
  request.options.banned = banned;
  const Result result = f.run({request}).front();
  for (const Completion& completion : result.completions) {
    for (const std::int64_t id : completion.token_ids)
      EXPECT_FALSE(banned.contains(static_cast<std::size_t>(id)));
  }
}

TEST(Engine, WatchedIdsAreRecordedAtEveryStep) {
  const EngineFixture f;
  Request request = f.request(1, 0, 1, {.temperature = 0.7, .max_new_tokens = 6});
  request.options.watched_ids = {17, 3};
  const Completion completion = f.run({request, f.request(0, 0, 1)}).front().completions.front();
  const Tensor logits = full_logits(*f.model, *f.prompts[1], completion.token_ids);
  const Tensor expected = at::log_softmax(logits, -1).narrow(0, logits.size(0) - 7, 6);
  ASSERT_EQ(completion.watched.size(), 6U);
  for (std::int64_t t = 0; t < 6; ++t) {
    const std::vector<float>& watched = completion.watched[static_cast<std::size_t>(t)];
    EXPECT_NEAR(watched.at(0), expected[t][17].item<float>(), kRounding);
    EXPECT_NEAR(watched.at(1), expected[t][3].item<float>(), kRounding);
  }
}

TEST(Engine, ACancelledCompletionKeepsWhatItHasAndTheOthersGoOn) {
  const EngineFixture f;
  const SamplingOptions brief{.temperature = 1.3, .max_new_tokens = 10};
  Request request = f.request(0, 0, 3, brief);
  const auto free = f.run({request}).front().completions;
  int heard = 0;
  request.on_token = [&](std::size_t sample, std::int64_t) {
    return sample == 1 && ++heard == 3 ? TokenAction::kCancelCompletion : TokenAction::kContinue;
  };
  const auto completions = f.run({request}).front().completions;
  EXPECT_EQ(completions[1].finish, Finish::kCancelled);
  EXPECT_EQ(completions[1].token_ids,
            std::vector<std::int64_t>(free[1].token_ids.begin(), free[1].token_ids.begin() + 3));
  expect_equal(completions[0], free[0]);
  expect_equal(completions[2], free[2]);
}

TEST(Engine, ACancelledRequestEndsWithTheNextStepWhetherItDecodesOrWaits) {
  const EngineFixture f;
  Engine engine(f.model, {.batch_rows = 3});
  const RequestId decoding = engine.submit(f.request(0, 0, 2)),
                  going = engine.submit(f.request(1, 0, 1, {.max_new_tokens = 8})),
                  waiting = engine.submit(f.request(1, 4, 2));
  engine.step();
  engine.step();
  engine.cancel(decoding);
  engine.cancel(waiting);
  engine.cancel(99);
  EXPECT_TRUE(engine.step());
  const std::vector<Result> ended = engine.take_finished();
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].completions[1].token_ids.size(), 2U);
  EXPECT_TRUE(ended[1].completions[0].token_ids.empty());
  expect_equal(engine.wait(going).completions[0],
               f.alone(f.request(1, 0, 1, {.max_new_tokens = 8}), 0));
}

TEST(Engine, ADeadlineEndsARequestWithWhatItHas) {
  const EngineFixture f;
  auto time = RequestClock::time_point{};
  Engine engine(f.model, {.now = [&] { return time; }});
  Request request = f.request(0, 0, 1);
  request.deadline = time + std::chrono::seconds(3);
  const RequestId hurried = engine.submit(request), free = engine.submit(f.request(1, 0, 1));
  for (int i = 0; i < 5; ++i, time += std::chrono::seconds(1)) engine.step();
  const Result result = engine.wait(hurried);
  EXPECT_EQ(result.end, RequestEnd::kDeadline);
  EXPECT_EQ(result.completions[0].finish, Finish::kDeadline);
  EXPECT_EQ(result.completions[0].token_ids.size(), 3U);
  EXPECT_EQ(engine.wait(free).completions[0].token_ids.size(), 70U);
}

TEST(Engine, WeightsChangeOnlyWhereNoRequestGoesOn) {
  const EngineFixture f;
  Engine engine(f.model);
  const RequestId id = engine.submit(f.request(0, 0, 2));
  engine.step();
  EXPECT_THROW(engine.weights_changed(), Error);
  engine.cancel_all();
  EXPECT_NO_THROW(engine.weights_changed());
  EXPECT_EQ(engine.wait(id).end, RequestEnd::kCancelled);
}

TEST(Engine, WhatFollowsAPromptNeedsNoDecoding) {
  const EngineFixture f;
  Engine engine(f.model);
  Request request{.prompt = f.prompts[0]};
  request.options.watched_ids = {5, 40, 8};
  const Result result = engine.run({request}).front();
  const Tensor logits = full_logits(*f.model, *f.prompts[0], {});
  const Tensor expected = at::log_softmax(logits[logits.size(0) - 1], -1);
  ASSERT_EQ(result.next.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(result.next[i], expected[request.options.watched_ids[i]].item<float>(), kRounding);
  EXPECT_EQ(engine.stats().tokens_decoded, 0);
}

TEST(Engine, GivenTokensAreScoredAndWhatFollowsThemIsReadOrDecoded) {
  const EngineFixture f;
  const std::vector<std::int64_t> given = {5, 6, 8, 12};
  Request scored{.prompt = f.prompts[0], .given = given, .scores_given = true};
  scored.options = {.sampling = {.temperature = 0.7}, .watched_ids = {40}};
  Request brief = scored;
  brief.given = {30};
  Request decoded = f.request(0, 0, 2, {.max_new_tokens = 9});
  decoded.given = given;
  const auto results = f.run({scored, brief, decoded});
  ModelInput longer = *f.prompts[0];
  longer.token_ids.insert(longer.token_ids.end(), given.begin(), given.end());
  const Tensor logits = full_logits(*f.model, longer, {});
  EXPECT_NEAR(results[0].next.at(0),
              at::log_softmax(logits[logits.size(0) - 1], -1)[40].item<float>(), kRounding);
  const Tensor before = at::log_softmax(logits.narrow(0, logits.size(0) - 5, 4) / 0.7, -1);
  ASSERT_EQ(results[0].given_logprobs.size(), 4U);
  for (std::int64_t t = 0; t < 4; ++t) {
    EXPECT_NEAR(results[0].given_logprobs[static_cast<std::size_t>(t)],
                before[t][given[static_cast<std::size_t>(t)]].item<float>(), kRounding);
  }
  EXPECT_EQ(results[1].given_logprobs.size(), 1U);
  for (const Completion& completion : results[2].completions)
    EXPECT_LE(logprob_error(*f.model, longer, completion, 1.0), kRounding);
}

TEST(Engine, APrefixThatTheCallerPrefilledIsContinuedWithoutAPrefill) {
  const EngineFixture f;
  Engine engine(f.model);
  Request request = f.request(0, 0, 2);
  request.prompt.reset();
  request.prefix =
      std::make_shared<const Prefix>(prefill(*f.model, *f.prompts[0], engine.features()));
  const auto completions = engine.run({request}).front().completions;
  EXPECT_EQ(engine.stats().prompts_prefilled, 0);
  expect_equal(completions[1], f.alone(f.request(0, 0, 2), 1));
}

TEST(Engine, AListenerMaySubmitAndCancel) {
  const EngineFixture f;
  Engine engine(f.model);
  RequestId first = 0, second = 0;
  Request request = f.request(0, 0, 2);
  request.on_token = [&](std::size_t, std::int64_t) {
    if (second == 0) {
      second = engine.submit(f.request(1, 0, 1, {.max_new_tokens = 3}));
      engine.cancel(first);
    }
    return TokenAction::kContinue;
  };
  first = engine.submit(request);
  engine.step();
  EXPECT_EQ(engine.wait(second).completions[0].token_ids.size(), 3U);
  EXPECT_EQ(engine.wait(first).end, RequestEnd::kCancelled);
}

TEST(Engine, RefusesRequestsThatAreNone) {
  const EngineFixture f;
  Engine engine(f.model);
  EXPECT_THROW(engine.submit({}), Error);
  EXPECT_THROW(engine.submit({.prompt = shared({})}), Error);
  ModelInput large;
  large.token_ids.assign(513, 7);
  EXPECT_THROW(engine.submit({.prompt = shared(large)}), Error);
  ModelInput crooked = tiny_prompt(1, {tiny_image(1)});
  crooked.spans[0].length = 5;  // its picture has six tokens
  EXPECT_THROW(engine.submit({.prompt = shared(crooked)}), Error);
  EXPECT_THROW(engine.submit({.prompt = f.prompts[0], .given = {kTinyVocabulary}}), Error);
  EXPECT_THROW(engine.wait(7), Error);
  EXPECT_EQ(engine.unfinished(), 0U);
}

TEST(Engine, RefusesARequestThatWouldOutgrowTheModelsPositions) {
  const EngineFixture f;
  Engine engine(f.model);
  Request request = f.request(0, 0, 1, {.max_new_tokens = 496});  // behind 14 tokens and 2: 512
  request.given = {5, 6};
  const RequestId fits = engine.submit(request);
  engine.cancel(fits);
  request.options.sampling.max_new_tokens = 497;
  try {
    engine.submit(request);
    FAIL() << "a row of 513 tokens was taken";
  } catch (const Error& error) {
    for (const char* number : {"14 tokens", " 2 given", "497", "512"})
      EXPECT_THAT(error.what(), ::testing::HasSubstr(number));
  }
  request.prefix = std::make_shared<const Prefix>(
      prefill(*f.model, *std::exchange(request.prompt, nullptr), engine.features()));
  EXPECT_THROW(engine.submit(request), Error);
  request.samples.clear();  // nothing is decoded: max_new_tokens does not count
  EXPECT_NO_THROW(engine.submit(request));
}

TEST(Engine, NoRequestsGiveNoResults) {
  const EngineFixture f;
  EXPECT_TRUE(f.run({}).empty());
  EXPECT_FALSE(Engine(f.model).step());
}

}  // namespace
}  // namespace juror
