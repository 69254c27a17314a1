// The layout of patch rows, pixel by pixel, and the arithmetic of normalising.
#include "image/patches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "image/decode.h"
#include "image/fixtures.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

PatchOptions tiny_options() {
  PatchOptions options;
  options.patch = 2;
  options.bounds = {.factor = 4, .min_pixels = 16, .max_pixels = 1'000'000};
  options.mean = {0, 0, 0};
  options.std = {1, 1, 1};
  options.rescale = 1.0;
  return options;
}

/// An 8 x 8 picture (no resize happens) whose red is 16 · (patch row) + patch column, green is y
/// and blue is x.
Image numbered_patches() {
  Image image(8, 8);
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      std::uint8_t* pixel = image.row(y) + x * 3;
      pixel[0] = static_cast<std::uint8_t>(16 * (y / 2) + x / 2);
      pixel[1] = static_cast<std::uint8_t>(y);
      pixel[2] = static_cast<std::uint8_t>(x);
    }
  }
  return image;
}

TEST(PatchRows, GoesBlockByBlockThroughTheGrid) {
  const PatchRows rows = patch_rows(numbered_patches(), tiny_options());
  EXPECT_EQ(rows.grid, (Grid{1, 4, 4}));
  ASSERT_EQ(rows.row_length, 3 * 2 * 2 * 2);
  std::vector<int> order;
  for (std::size_t row = 0; row < 16; ++row)
    order.push_back(static_cast<int>(rows.values[row * 24]));
  EXPECT_THAT(order, ::testing::ElementsAre(0x00, 0x01, 0x10, 0x11, 0x02, 0x03, 0x12, 0x13,  //
                                            0x20, 0x21, 0x30, 0x31, 0x22, 0x23, 0x32, 0x33));
}

TEST(PatchRows, OrdersARowByChannelFrameYAndX) {
  const PatchRows rows = patch_rows(numbered_patches(), tiny_options());
  const std::vector<float> row(rows.values.begin() + 3 * 24,
                               rows.values.begin() + 4 * 24);  // patch (1, 1)
  EXPECT_THAT(row,
              ::testing::ElementsAre(17, 17, 17, 17, 17, 17, 17, 17,  // red, two frames of 2 x 2
                                     2, 2, 3, 3, 2, 2, 3, 3,          // green = y
                                     2, 3, 2, 3, 2, 3, 2, 3));        // blue = x
}

TEST(PatchRows, NormalisesEachChannelWithItsOwnMeanAndDeviation) {
  Image image(56, 56);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    image.rgb[i] = 255;
    image.rgb[i + 2] = 128;
  }
  const PatchRows rows = patch_rows(image, {});
  EXPECT_EQ(rows.grid, (Grid{1, 4, 4}));
  ASSERT_EQ(rows.row_length, 1176);
  EXPECT_NEAR(rows.values[0], (1.0 - 0.48145466) / 0.26862954, 1e-6);
  EXPECT_NEAR(rows.values[392], -0.4578275 / 0.26130258, 1e-6);
  EXPECT_NEAR(rows.values[784], (128.0 / 255.0 - 0.40821073) / 0.27577711, 1e-6);
}

TEST(PatchRows, CountsPatchesAndTokensLikeTheReference) {
  const PatchOptions options;
  const Grid grid = patch_grid({504, 504}, options);
  EXPECT_EQ(grid, (Grid{1, 36, 36}));
  EXPECT_EQ(image_tokens(grid, options), 324);
  EXPECT_EQ(image_tokens(patch_grid({1024, 1024}, options), options), 1369);
}

using nlohmann::json;

/// Where the golden requests and what transformers made of them lie.
std::string golden_root() { return std::string(JUROR_SOURCE_DIR) + "/tests/golden/"; }

PatchOptions options_of(const std::string& checkpoint) {
  const json config = json::parse(
      read_file(golden_root() + "checkpoints/" + checkpoint + "/preprocessor_config.json"));
  PatchOptions options;
  options.patch = config.at("patch_size");
  options.bounds = {.factor = options.patch * options.merge};
  const json& size = config.contains("size") ? config.at("size") : config;
  options.bounds.min_pixels = size.at(size.contains("min_pixels") ? "min_pixels" : "shortest_edge");
  options.bounds.max_pixels = size.at(size.contains("max_pixels") ? "max_pixels" : "longest_edge");
  return options;
}

/// The fp32 tensor of that name in a small safetensors file that is known to be sound.
std::vector<float> golden_tensor(const std::string& path, const std::string& name) {
  const std::string bytes = read_file(path);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  const json offsets = json::parse(bytes.substr(8, header_size)).at(name).at("data_offsets");
  const std::size_t begin = offsets[0], end = offsets[1];
  std::vector<float> values((end - begin) / 4);
  std::memcpy(values.data(), bytes.data() + 8 + header_size + begin, end - begin);
  return values;
}

/// The rows of all images of a request, in reading order.
std::vector<float> rows_of_request(const std::string& folder, const json& request,
                                   const PatchOptions& options) {
  std::vector<float> rows;
  for (const json& message : request.at("messages")) {
    if (!message.at("content").is_array()) continue;
    for (const json& part : message.at("content")) {
      if (part.at("type") != "image") continue;
      const std::string file = folder + part.at("image").get<std::string>();
      const std::vector<float> values = patch_rows(load_image(file), options).values;
      rows.insert(rows.end(), values.begin(), values.end());
    }
  }
  return rows;
}

TEST(PatchRows, EqualTransformersOnTheGoldenRequests) {
  for (const char* checkpoint : {"tied_f16", "untied_odd_f32", "hub_layout_bf16"}) {
    for (const char* name : {"one", "two", "four"}) {
      SCOPED_TRACE(std::string(checkpoint) + "/" + name);
      const std::string folder = golden_root() + "forward/" + checkpoint + "/";
      const json request = json::parse(read_file(folder + name + ".request.json"));
      const auto rows = rows_of_request(folder, request, options_of(checkpoint));
      const auto expected = golden_tensor(folder + name + ".expected.safetensors", "pixel_values");
      ASSERT_EQ(rows.size(), expected.size());
      for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_NEAR(rows[i], expected[i], 1e-6) << i;
    }
  }
}

TEST(PatchRows, TakesASinglePixelAndRefusesAThread) {
  const PatchRows rows = patch_rows(load_image(golden_path("decode/1x1.png")), {});
  EXPECT_EQ(rows.grid, (Grid{1, 4, 4}));
  EXPECT_EQ(rows.values.size(), 16U * 1176U);
  const Image thread = load_image(golden_path("decode/1x5000.png"));
  EXPECT_THAT(error_of([&] { patch_rows(thread, {}); }), HasSubstr("1 x 5000"));
}

TEST(PatchRows, RefusesAFactorThatIsNotPatchTimesMerge) {
  PatchOptions options;
  options.patch = 16;
  EXPECT_THAT(error_of([&] { patch_rows(Image(56, 56), options); }), HasSubstr("patch 16"));
}

}  // namespace
}  // namespace juror
