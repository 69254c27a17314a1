// What one request does wrong does not touch the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "engine/engine_fixture.h"

namespace juror {
namespace {

/// A picture whose pixels are no numbers.
std::shared_ptr<const PixelImage> broken_image() {
  auto image = std::make_shared<PixelImage>(*tiny_image(9));
  image->patches = at::full_like(image->patches, std::numeric_limits<float>::quiet_NaN());
  return image;
}

Request broken_request(const EngineFixture& f, std::uint64_t count, double temperature = 1) {
  Request request = f.request(0, 0, count, {.temperature = temperature, .max_new_tokens = 5});
  request.prompt = shared(tiny_prompt(3, {broken_image()}));
  return request;
}

/// What comes of each request, failed ones too.
std::vector<Result> results_of(Engine& engine, const std::vector<Request>& requests) {
  std::vector<RequestId> ids;
  for (const Request& request : requests) ids.push_back(engine.submit(request));
  std::vector<Result> results;
  for (const RequestId id : ids) results.push_back(engine.wait(id));
  return results;
}

TEST(Engine, ARowWithoutNumbersFailsItsOwnRequestAlone) {
  const EngineFixture f;
  const Request before = f.request(0, 0, 2, {.max_new_tokens = 5}),
                behind = f.request(1, 0, 1, {.max_new_tokens = 5});
  Engine engine(f.model);
  const auto results = results_of(
      engine, {before, broken_request(f, 2), broken_request(f, 1, /*temperature=*/0), behind});
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(results[i].end, RequestEnd::kFailed);
    EXPECT_THAT(results[i].error, ::testing::HasSubstr("61 logits 61 are NaN"));
    EXPECT_EQ(results[i].completions[0].finish, Finish::kFailed);
    EXPECT_TRUE(results[i].completions[0].token_ids.empty());
    EXPECT_THROW(require_done(results[i]), Error);
    EXPECT_THROW(engine.run({broken_request(f, 1)}), Error);
  }
  EXPECT_EQ(engine.stats().failed, 2 + 2);
  EXPECT_NO_THROW(require_done(results[0]));
  for (std::size_t k = 0; k < 2; ++k) expect_equal(results[0].completions[k], f.alone(before, k));
  expect_equal(results[3].completions[0], f.alone(behind, 0));
}

TEST(Engine, ARowWhoseIdsAreAllBannedFailsItsOwnRequestAlone) {
  const EngineFixture f;
  Request mute = f.request(0, 0, 1, {.max_new_tokens = 5});
  mute.options.banned = BannedTokens(kTinyVocabulary);
  for (std::int64_t id = 0; id < kTinyVocabulary; ++id) mute.options.banned.ban(id);
  Engine engine(f.model);
  const auto results = results_of(engine, {mute, f.request(0, 0, 1, {.max_new_tokens = 5})});
  EXPECT_THAT(results[0].error, ::testing::HasSubstr("61 ids are banned"));
  EXPECT_EQ(results[1].end, RequestEnd::kDone);
}

TEST(Engine, AnswersThatAreNoNumbersFailTheirRequestAlone) {
  const EngineFixture f;
  Request next{.prompt = broken_request(f, 1).prompt}, given = next, fine{.prompt = f.prompts[0]};
  given.given = {5, 6};
  for (Request* request : {&next, &given, &fine}) request->options.watched_ids = {40};
  Engine engine(f.model);
  const auto results = results_of(engine, {next, given, fine});
  EXPECT_EQ(results[0].end, RequestEnd::kFailed);
  EXPECT_EQ(results[1].end, RequestEnd::kFailed);
  EXPECT_THAT(results[1].error, ::testing::HasSubstr("NaN"));
  EXPECT_EQ(results[2].end, RequestEnd::kDone);
}

TEST(Engine, AListenerThatStepsOrForgetsIsRefused) {
  const EngineFixture f;
  Engine engine(f.model);
  int refused = 0;
  Request request = f.request(0, 0, 2, {.max_new_tokens = 3});
  request.on_token = [&](std::size_t, std::int64_t) {
    try {
      engine.step();
    } catch (const Error&) {
      ++refused;
    }
    try {
      engine.forget_prefixes();
    } catch (const Error&) {
      ++refused;
    }
    return TokenAction::kContinue;
  };
  const Result result = engine.run({request}).front();
  EXPECT_EQ(refused, 2 * 2 * 3);
  EXPECT_EQ(result.completions[1].token_ids.size(), 3U);
}

/// Asks again when it is destroyed, as a server's answer to a stream does that was cut short.
struct AsksAtItsEnd {
  Engine& engine;
  Request request;
  ~AsksAtItsEnd() { engine.submit(request); }
};

TEST(Engine, AListenerThatAsksWhenItIsDestroyedDisturbsNobody) {
  const EngineFixture f;
  Engine engine(f.model);
  const Request brief = f.request(1, 0, 1, {.max_new_tokens = 2});
  for (const bool throws : {false, true}) {
    std::vector<Request> requests(3, f.request(0, 0, 1, {.max_new_tokens = 1}));
    for (Request& request : requests) {
      const auto last = std::make_shared<AsksAtItsEnd>(engine, brief);
      request.on_token = [last, throws](std::size_t, std::int64_t) {
        return throws ? throw Error("deaf") : TokenAction::kContinue;
      };
      engine.submit(std::move(request));
    }
    requests.clear();
    if (throws) {
      EXPECT_THROW(engine.step(), Error);
    } else {
      engine.step();
    }
    EXPECT_EQ(engine.unfinished(), 3U);
    while (engine.step()) {
    }
  }
  EXPECT_EQ(engine.take_finished().size(), 3U + 3U + 3U);
}

TEST(Engine, WhatAListenerThrowsEndsAllRequestsAndTheEngineGoesOn) {
  const EngineFixture f;
  Engine engine(f.model);
  Request request = f.request(0, 0, 2);
  request.on_token = [](std::size_t, std::int64_t) -> TokenAction { throw Error("deaf"); };
  const RequestId id = engine.submit(request), other = engine.submit(f.request(1, 0, 1));
  EXPECT_THROW(engine.step(), Error);
  EXPECT_EQ(engine.unfinished(), 0U);
  EXPECT_THROW(engine.wait(id), Error);
  EXPECT_THROW(engine.wait(other), Error);
  const Request again = f.request(1, 0, 1);
  expect_equal(engine.run({again}).front().completions[0], f.alone(again, 0));
}

}  // namespace
}  // namespace juror
