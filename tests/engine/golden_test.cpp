// Generation against transformers: greedy tokens with a cache, logits of every step, log-probs of
// given tokens. Fixtures by tools/golden/make_generation.py; pixels from the forward fixture of the
// same request.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "engine/decode.h"
#include "model/weights.h"
#include "tensor/safetensors.h"
#include "test_device.h"

namespace juror {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden";
constexpr double kTolerance = 1e-4;

class GoldenGeneration : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    expected_ = nlohmann::json::parse(
        read_file(kGolden / "generation" / (std::string(GetParam()) + ".expected.json")));
    model_ = load_model(kGolden / "checkpoints" / GetParam(), test_load());
    prefixes_ = {prefill(*model_, read_prompt(), features_)};
  }

  /// The prompt's ids with spans found by id: a fixture never holds a stray image token.
  ModelInput read_prompt() const {
    ModelInput input;
    input.token_ids = expected_["prompt_ids"].get<std::vector<std::int64_t>>();
    const SafetensorsFile forward(kGolden / "forward" / GetParam() / "two.expected.safetensors");
    const Tensor grids = forward.tensor("image_grid_thw"), pixels = forward.tensor("pixel_values");
    std::int64_t pixel = 0, token = 0;
    for (std::int64_t i = 0; i < grids.size(0); ++i) {
      auto image = std::make_shared<PixelImage>();
      image->key = static_cast<std::uint64_t>(i);
      image->grid = {
          .t = 1, .h = grids[i][1].item<std::int64_t>(), .w = grids[i][2].item<std::int64_t>()};
      image->patches = pixels.narrow(0, pixel, image->grid.patches());
      pixel += image->grid.patches();
      while (input.token_ids[static_cast<std::size_t>(token)] != model_->config().image_token)
        ++token;
      const std::int64_t length = image->grid.patches() / 4;
      input.spans.push_back(
          {.begin = token, .length = length, .image = static_cast<std::size_t>(i)});
      input.images.push_back(image);
      token += length;
    }
    return input;
  }

  std::vector<std::int64_t> tokens(const char* which) const {
    std::vector<std::int64_t> ids;
    for (const auto& step : expected_[which]) ids.push_back(step["token"].get<std::int64_t>());
    return ids;
  }

  nlohmann::json expected_;
  std::shared_ptr<const Model> model_;
  FeatureCache features_;
  std::vector<Prefix> prefixes_;
};

TEST_P(GoldenGeneration, GreedyTokensAndTheirLogProbsEqualTransformers) {
  DecodeOptions options;
  options.sampling = {.temperature = 0.0,
                      .max_new_tokens = static_cast<std::int64_t>(expected_["greedy"].size())};
  options.stop_ids = expected_["eos"].get<std::vector<std::int64_t>>();
  BannedTokens banned(model_->config().text.vocabulary);
  for (const auto& id : expected_["banned"]) banned.ban(id.get<std::int64_t>());
  options.banned = banned;
  for (const auto& id : expected_["greedy"][0]["top5_ids"])
    options.watched_ids.push_back(id.get<std::int64_t>());

  const Completion completion = decode(*model_, prefixes_, {DecodeRow{}}, options).front();
  ASSERT_EQ(completion.token_ids, tokens("greedy"));
  for (std::size_t t = 0; t < completion.token_ids.size(); ++t) {
    EXPECT_NEAR(completion.logprobs[t], expected_["greedy"][t]["logp_all"].get<double>(),
                kTolerance)
        << t;
  }
  const auto& top = expected_["greedy"][0]["top5_logits"];
  for (std::size_t i = 1; i < options.watched_ids.size(); ++i) {
    EXPECT_NEAR(completion.watched[0][0] - completion.watched[0][i],
                top[0].get<double>() - top[i].get<double>(), kTolerance);
  }
}

TEST_P(GoldenGeneration, LogProbsOfSampledTokensEqualTransformers) {
  const auto prefix = std::make_shared<const Prefix>(prefixes_.front());
  std::vector<Request> requests(2);
  for (const auto& [request, which] : {std::pair(0, "sampled"), std::pair(1, "greedy")})
    requests[request] = {.prefix = prefix, .given = tokens(which), .scores_given = true};
  const std::vector<Result> results = Engine(model_).run(requests);
  for (const auto& [result, which] : {std::pair(0, "sampled"), std::pair(1, "greedy")}) {
    const std::vector<float>& logprobs = results[result].given_logprobs;
    ASSERT_EQ(logprobs.size(), expected_[which].size());
    for (std::size_t t = 0; t < logprobs.size(); ++t)
      EXPECT_NEAR(logprobs[t], expected_[which][t]["logp_all"].get<double>(), kTolerance) << t;
  }
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenGeneration,
                         ::testing::Values("tied_f16", "untied_odd_f32", "qwen2_vl_untied_odd_f32",
                                           "qwen3_vl_untied_odd_f32"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace juror
