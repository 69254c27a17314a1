// The teacher on weights whose features are known by hand.
#include "sft/teacher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "image/patches.h"
#include "judge/engine/prompt.h"
#include "temp_folder.h"

namespace juror {
namespace {

/// Channels out, kernel and expansion of each block of EfficientNet-Lite0.
constexpr std::array<std::array<std::int64_t, 3>, 16> kShapes = {{{16, 3, 1},
                                                                  {24, 3, 6},
                                                                  {24, 3, 6},
                                                                  {40, 5, 6},
                                                                  {40, 5, 6},
                                                                  {80, 3, 6},
                                                                  {80, 3, 6},
                                                                  {80, 3, 6},
                                                                  {112, 5, 6},
                                                                  {112, 5, 6},
                                                                  {112, 5, 6},
                                                                  {192, 5, 6},
                                                                  {192, 5, 6},
                                                                  {192, 5, 6},
                                                                  {192, 5, 6},
                                                                  {320, 3, 6}}};

/// Zeros, and what `set` makes of them: it gets the end of each name, the weight and the bias.
NamedTensors weights(const std::function<void(const std::string&, Tensor&, Tensor&)>& set) {
  NamedTensors named;
  const auto add = [&](const std::string& name, at::IntArrayRef shape) {
    Tensor weight = at::zeros(shape), bias = at::zeros({shape[0]});
    set(name.substr(name.rfind('.') + 1), weight, bias);
    named.emplace_back(name + ".weight", weight);
    named.emplace_back(name + ".bias", bias);
  };
  add("stem", {32, 3, 3, 3});
  std::int64_t in = 32;
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    const auto [out, kernel, factor] = kShapes[i];
    const std::string at = "blocks." + std::to_string(i) + ".";
    if (factor > 1) add(at + "expand", {in * factor, in, 1, 1});
    add(at + "depthwise", {in * factor, 1, kernel, kernel});
    add(at + "project", {out, in * factor, 1, 1});
    in = out;
  }
  return named;
}

/// Black on the left, white on the right.
std::shared_ptr<const PixelImage> half_white(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = width / 2; x < width; ++x) std::fill_n(image.row(y) + 3 * x, 3, 255);
  }
  const PatchOptions options{.bounds = {.factor = 28, .min_pixels = 784, .max_pixels = 1 << 20},
                             .mean = {0.5, 0.5, 0.5},
                             .std = {0.25, 0.25, 0.25}};
  return to_pixels(image, options);
}

TEST(Teacher, AddsBlocksOfEqualWidthAndSeesTheThreeLevels) {
  TempFolder folder;
  // Every block adds 1 to each of its channels: 2 of 40 channels, 3 of 112, 1 of 320.
  save_safetensors(folder.path() / "t.safetensors",
                   weights([](const std::string& part, Tensor&, Tensor& bias) {
                     if (part == "project") bias.fill_(1);
                   }));
  const Teacher teacher(folder.path() / "t.safetensors", at::kCPU);
  const Tensor seen = teacher.features(at::zeros({1, 3, 64, 96}));
  ASSERT_EQ(seen.sizes(), at::IntArrayRef({1, kTeacherFeatures, 2, 3}));
  const auto all = [&](std::int64_t from, std::int64_t count, double value) {
    return (seen.narrow(1, from, count) == value).all().item<bool>();
  };
  EXPECT_TRUE(all(0, 320, 1));
  EXPECT_TRUE(all(320, 112, 3));
  EXPECT_TRUE(all(432, 112, 0));  // they do not vary
  EXPECT_TRUE(all(544, 40, 2));
  EXPECT_TRUE(all(584, 40, 0));
}

TEST(Teacher, SeesOfEachTokenItsOwnPartOfThePicture) {
  TempFolder folder;
  // The first channel is handed on: red of the middle tap.
  save_safetensors(folder.path() / "t.safetensors",
                   weights([](const std::string&, Tensor& weight, Tensor&) {
                     weight[0][0][weight.size(2) / 2][weight.size(3) / 2] = 1;
                   }));
  Teacher teacher(folder.path() / "t.safetensors", at::kCPU);
  const std::vector<std::shared_ptr<const PixelImage>> images = {half_white(112, 56),
                                                                 half_white(56, 28)};
  teacher.measure(images);
  const Tensor first = teacher.tokens(images).select(1, 0);  // [2 rows of 4, and 1 of 2]
  ASSERT_EQ(first.size(0), 10);
  for (const std::int64_t black : {0, 1, 4, 5, 8}) {
    for (const std::int64_t white : {2, 3, 6, 7, 9})
      EXPECT_GT(first[white].item<float>(), first[black].item<float>() + 1) << black << white;
  }
  EXPECT_NEAR(first.mean().item<float>(), 0, 1e-4);  // measured over these very images
}

TEST(Teacher, SeesAPictureThatIsShownTwiceOnce) {
  TempFolder folder;
  save_safetensors(folder.path() / "t.safetensors",
                   weights([](const std::string&, Tensor& weight, Tensor&) {
                     weight[0][0][weight.size(2) / 2][weight.size(3) / 2] = 1;
                   }));
  Teacher teacher(folder.path() / "t.safetensors", at::kCPU);
  const auto image = half_white(56, 28), other = half_white(84, 28);
  teacher.measure(std::vector{image, other});
  const Tensor seen = teacher.tokens(std::vector{image, other, image});
  ASSERT_EQ(seen.size(0), 7);
  EXPECT_TRUE(at::equal(seen.narrow(0, 0, 2), seen.narrow(0, 5, 2)));
}

TEST(Teacher, NamesTheTensorThatIsMissing) {
  TempFolder folder;
  save_safetensors(folder.path() / "t.safetensors", {{"stem.weight", at::zeros({32, 3, 3, 3})}});
  EXPECT_THROW(Teacher(folder.path() / "t.safetensors", at::kCPU), Error);
}

}  // namespace
}  // namespace juror
