// Prefill and the cache of image features, against uncached passes.
#include "engine/prefix.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/tiny_model.h"

namespace juror {
namespace {

constexpr double kRounding = 1e-5;

double difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.to(at::kCPU) - b.to(at::kCPU)).abs().max().item<double>();
}

Tensor last_row(const Tensor& logits) { return logits[logits.size(0) - 1]; }

TEST(Prefill, GivesTheLogitsOfOneUncachedPass) {
  const auto model = tiny_model();
  FeatureCache features;
  const ModelInput prompt = tiny_prompt(1, {tiny_image(1), tiny_image(2, 2, 4)});
  const Prefix prefix = prefill(*model, prompt, features);
  EXPECT_LE(difference(prefix.logits, last_row(full_logits(*model, prompt, {}))), kRounding);
  EXPECT_EQ(prefix.length, 3 + 6 + 1 + 2 + 1 + 1);
  EXPECT_EQ(prefix.next, 3 + 3 + 1 + 2 + 1 + 1);  // an image counts its longer side
}

TEST(Prefill, PromptsPackedTogetherEqualPromptsAlone) {
  const auto model = tiny_model();
  const std::vector<ModelInput> prompts = {tiny_prompt(1, {tiny_image(1)}), tiny_prompt(4),
                                           tiny_prompt(5, {tiny_image(2, 2, 4), tiny_image(1)})};
  FeatureCache features;
  const std::vector<const ModelInput*> pointers = {&prompts[0], &prompts[1], &prompts[2]};
  const auto packed = prefill(*model, pointers, features);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    FeatureCache fresh;
    const Prefix alone = prefill(*model, prompts[i], fresh);
    EXPECT_LE(difference(packed[i].logits, alone.logits), kRounding);
    EXPECT_EQ(packed[i].next, alone.next);
    for (std::size_t layer = 0; layer < alone.keys.size(); ++layer) {
      EXPECT_LE(difference(packed[i].keys[layer], alone.keys[layer]), kRounding);
      EXPECT_LE(difference(packed[i].values[layer], alone.values[layer]), kRounding);
    }
  }
}

TEST(Prefill, RefusesPromptsThatAreEmptyOrDoNotFit) {
  const auto model = tiny_model();
  FeatureCache features;
  EXPECT_THROW(prefill(*model, ModelInput{}, features), Error);
  ModelInput large;
  large.token_ids.assign(513, 7);
  EXPECT_THROW(prefill(*model, large, features), Error);
}

TEST(FeatureCache, EncodesAnImageOnceHoweverManyPromptsShowIt) {
  const auto model = tiny_model();
  FeatureCache features;
  const ModelInput forward = tiny_prompt(1, {tiny_image(1), tiny_image(2)});
  const ModelInput backward = tiny_prompt(1, {tiny_image(2), tiny_image(1)});
  const std::vector<const ModelInput*> both = {&forward, &backward};
  prefill(*model, both, features);
  EXPECT_EQ(features.tower_passes(), 1);
  EXPECT_EQ(features.images_encoded(), 2);
  prefill(*model, tiny_prompt(3, {tiny_image(1), tiny_image(3)}), features);
  EXPECT_EQ(features.tower_passes(), 2);
  EXPECT_EQ(features.images_encoded(), 3);
}

TEST(FeatureCache, NoMorePatchesPassTheTowerTogetherThanAllowed) {
  const auto model = tiny_model();
  FeatureCache features(1 << 20, /*pass_patches=*/50);
  const std::vector<std::shared_ptr<const PixelImage>> images = {
      tiny_image(1), tiny_image(2), tiny_image(3, 8, 8), tiny_image(1), tiny_image(4)};
  const Tensor encoded = features.encode(*model, images).tokens;  // 24 + 24, 64 alone, 24 patches
  EXPECT_EQ(features.tower_passes(), 3);
  EXPECT_EQ(features.most_patches(), 64);
  EXPECT_EQ(features.hits(), 1);
  EXPECT_LE(difference(encoded, model->encode_images(images).tokens), kRounding);
}

TEST(FeatureCache, FeaturesEqualThoseOfTheTower) {
  const auto model = tiny_model();
  FeatureCache features;
  features.encode(*model, {tiny_image(2, 2, 4)});
  const std::vector<std::shared_ptr<const PixelImage>> images = {tiny_image(1), tiny_image(2, 2, 4),
                                                                 tiny_image(1)};
  EXPECT_LE(difference(features.encode(*model, images).tokens, model->encode_images(images).tokens),
            kRounding);
  EXPECT_EQ(features.images_encoded(), 2);
}

TEST(FeatureCache, EncodesAgainAfterClearAndForAnotherGrid) {
  const auto model = tiny_model();
  FeatureCache features;
  features.encode(*model, {tiny_image(1, 4, 6)});
  EXPECT_EQ(features.encode(*model, {tiny_image(1, 2, 4)}).tokens.size(0), 2);
  EXPECT_EQ(features.images_encoded(), 2);
  features.clear();
  features.encode(*model, {tiny_image(1, 2, 4)});
  EXPECT_EQ(features.images_encoded(), 3);
}

TEST(FeatureCache, DropsTheLeastRecentlyUsedBeyondItsCapacity) {
  const auto model = tiny_model();
  FeatureCache features(2 * 6 * 32 * sizeof(float));  // two images of six tokens
  features.encode(*model, {tiny_image(1), tiny_image(2)});
  features.encode(*model, {tiny_image(1)});
  features.encode(*model, {tiny_image(3)});  // drops 2
  features.encode(*model, {tiny_image(1), tiny_image(3)});
  EXPECT_EQ(features.images_encoded(), 3);
  features.encode(*model, {tiny_image(2)});
  EXPECT_EQ(features.images_encoded(), 4);
}

}  // namespace
}  // namespace juror
