// Settings of a model folder against the values that transformers loads (made by
// tools/golden/make_processors.py), and what is refused because Juror does not follow it.
#include "model/processor_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "temp_folder.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

/// Settings that transformers follows and Juror refuses.
const std::set<std::string> kNotFollowed = {"another type",
                                            "no resize",
                                            "no rescale",
                                            "no normalise",
                                            "null resize",
                                            "lanczos",
                                            "bilinear in the newer file",
                                            "another patch"};

VisionConfig vision() {
  VisionConfig config;
  config.patch = 14;
  config.merge = 2;
  config.temporal_patch = 2;
  return config;
}

std::string shown(const PatchOptions& options) {
  const Grid grid = patch_grid({.width = 480, .height = 320}, options);
  const Json json = {{"min_pixels", options.bounds.min_pixels},
                     {"max_pixels", options.bounds.max_pixels},
                     {"grid", {grid.t, grid.h, grid.w}},
                     {"mean", options.mean},
                     {"std", options.std},
                     {"rescale", options.rescale}};
  return json.dump();
}

/// The same for what transformers loaded; mean and deviation as the floats that Juror keeps.
std::string expected(Json loaded) {
  for (const char* key : {"mean", "std"})
    loaded[key] = Json(loaded[key].get<std::array<float, 3>>());
  return loaded.dump();
}

TEST(GoldenProcessors, LoadWhatTransformersLoadsOrAreRefused) {
  const Json cases = Json::parse(read_file(kGoldenFolder / "processors/cases.json"));
  ASSERT_GT(cases.size(), 30u);
  for (const Json& row : cases) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const TempFolder folder;
    for (const char* file : {"preprocessor_config.json", "processor_config.json"})
      if (!row[file].is_null()) folder.write(file, row[file].dump());
    std::string got;
    const std::string refusal =
        refusal_of([&] { got = shown(read_patch_options(folder.path(), vision())); });
    if (row["loaded"].contains("error") || kNotFollowed.contains(row["name"])) {
      EXPECT_THAT(refusal, HasSubstr(folder.path().string()));
    } else {
      EXPECT_EQ(refusal, "accepted");
      EXPECT_EQ(got, expected(row["loaded"]));
    }
  }
}

std::string refusal_by(const std::string& file, const Json& json) {
  const TempFolder folder;
  folder.copy_checkpoint("tied_f16");
  folder.write(file, json.dump());
  return refusal_of([&] { read_patch_options(folder.path(), vision()); });
}

TEST(ImageSettings, AreNamedByFileAndKey) {
  EXPECT_THAT(refusal_by("processor_config.json", {{"image_processor", {{"do_resize", false}}}}),
              AllOf(HasSubstr("processor_config.json': image_processor: do_resize is false")));
  EXPECT_THAT(refusal_by("preprocessor_config.json", {{"resample", nullptr}}),
              HasSubstr("preprocessor_config.json': resample is null"));
  EXPECT_THAT(refusal_by("preprocessor_config.json", {{"size", {{"shortest_edge", 9}}}}),
              HasSubstr("size holds no longest_edge, and there is no max_pixels beside it"));
  EXPECT_THAT(
      refusal_by("preprocessor_config.json", {{"image_processor_type", "CLIPImageProcessor"}}),
      HasSubstr("image_processor_type is \"CLIPImageProcessor\""));
}

class TextSettings : public testing::Test {
 protected:
  TextSettings() { folder_.copy_checkpoint("hub_layout_bf16"); }
  std::string refusal() {
    return refusal_of([&] { check_tokenizer_config(folder_.path(), tokenizer_); });
  }
  const TempFolder folder_;
  const Tokenizer tokenizer_ =
      Tokenizer::load(kGoldenFolder / "checkpoints/hub_layout_bf16/tokenizer.json");
};

TEST_F(TextSettings, ThatChangeIdsAreRefused) {
  EXPECT_EQ(refusal(), "accepted");
  for (const char* key :
       {"add_prefix_space", "split_special_tokens", "add_bos_token", "add_eos_token"}) {
    const std::string before = read_file(folder_.path() / "tokenizer_config.json");
    folder_.edit("tokenizer_config.json", [&](Json& json) { json[key] = true; });
    EXPECT_THAT(refusal(), AllOf(HasSubstr("tokenizer_config.json"), HasSubstr(key)));
    folder_.write("tokenizer_config.json", before);
  }
}

TEST_F(TextSettings, RefuseAddedTokensWithOtherIds) {
  folder_.edit("tokenizer_config.json", [](Json& json) {
    json["added_tokens_decoder"]["999"] = {{"content", "<|im_start|>"}};
  });
  EXPECT_THAT(refusal(), HasSubstr("gives \"<|im_start|>\" the id 999, and tokenizer.json 379"));
  folder_.edit("tokenizer_config.json", [](Json& json) {
    json["added_tokens_decoder"] = {{"999", {{"content", "<|new|>"}}}};
  });
  EXPECT_THAT(refusal(), HasSubstr("tokenizer.json does not hold it"));
}

TEST_F(TextSettings, GiveEndTokensFromTheFirstFileThatNamesThem) {
  using Ids = std::vector<std::int64_t>;
  folder_.edit("config.json", [](Json& json) {
    json.erase("eos_token_id");
    json["text_config"]["eos_token_id"] = 7;
  });
  EXPECT_EQ(read_eos_tokens(folder_.path(), tokenizer_), (Ids{380, 378}));
  std::filesystem::remove(folder_.path() / "generation_config.json");
  EXPECT_EQ(read_eos_tokens(folder_.path(), tokenizer_), Ids{7});
  folder_.edit("config.json", [](Json& json) { json["eos_token_id"] = 9; });
  EXPECT_EQ(read_eos_tokens(folder_.path(), tokenizer_), Ids{9});
  folder_.edit("config.json", [](Json& json) {
    json.erase("eos_token_id");
    json.erase("text_config");
  });
  EXPECT_EQ(read_eos_tokens(folder_.path(), tokenizer_), (Ids{380, 378}));
}

}  // namespace
}  // namespace juror
