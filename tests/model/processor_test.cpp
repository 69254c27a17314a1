// Processor: what a model folder may get wrong.
#include "model/processor.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_folder.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

/// How a golden checkpoint with one changed JSON file is refused.
std::string refusal(const std::string& file, const std::function<void(Json&)>& change) {
  const TempFolder folder;
  folder.copy_checkpoint("tied_f16");
  folder.edit(file, change);
  return refusal_of([&] { load_processor(folder.path(), load_config(folder.path())); });
}

std::string preprocessor_refusal(const std::string& key, const Json& value) {
  return refusal("preprocessor_config.json", [&](Json& json) { json[key] = value; });
}

TEST(Processor, RefusesAPreprocessorThatDoesNotFitTheModel) {
  EXPECT_THAT(preprocessor_refusal("patch_size", 14),
              AllOf(HasSubstr("preprocessor_config.json"), HasSubstr("patches of 14"),
                    HasSubstr("config.json asks for 8")));
  EXPECT_THAT(preprocessor_refusal("merge_size", 1), HasSubstr("merged by 1"));
}

TEST(Processor, RefusesWrongTypesByKey) {
  EXPECT_THAT(preprocessor_refusal("patch_size", 8.5), HasSubstr("patch_size is 8.5"));
  EXPECT_THAT(preprocessor_refusal("patch_size", "8"), HasSubstr("patch_size is \"8\""));
  EXPECT_THAT(preprocessor_refusal("min_pixels", -1), HasSubstr("min_pixels is -1"));
  EXPECT_THAT(preprocessor_refusal("max_pixels", 1e300), HasSubstr("max_pixels is 1e+300"));
  EXPECT_THAT(preprocessor_refusal("max_pixels", 4),
              HasSubstr("1024 pixels at least and 4 at most"));
  EXPECT_THAT(preprocessor_refusal("size", 448), HasSubstr("size is 448"));
  EXPECT_THAT(preprocessor_refusal("image_mean", Json::array({0.5, 0.5})),
              HasSubstr("image_mean is"));
  EXPECT_THAT(preprocessor_refusal("image_std", Json::array({0.5, 0.0, 0.5})),
              HasSubstr("image_std holds 0"));
  EXPECT_THAT(preprocessor_refusal("rescale_factor", "1/255"), HasSubstr("rescale_factor is"));
}

TEST(Processor, RefusesStepsThatJurorDoesNotKnow) {
  EXPECT_THAT(preprocessor_refusal("do_normalize", false), HasSubstr("do_normalize is false"));
  EXPECT_THAT(preprocessor_refusal("resample", 2), HasSubstr("resample is 2"));
}

TEST(Processor, ReadsPixelBoundsWhereTransformersDoes) {
  const TempFolder folder;
  folder.copy_checkpoint("tied_f16");
  const ModelConfig config = load_config(folder.path());
  EXPECT_EQ(load_processor(folder.path(), config).patches.bounds.max_pixels, 4096);
  folder.edit("preprocessor_config.json", [](Json& json) { json["max_pixels"] = 2048; });
  EXPECT_EQ(load_processor(folder.path(), config).patches.bounds.max_pixels, 2048);
}

TEST(Processor, RefusesATokenizerOfAnotherModel) {
  EXPECT_THAT(refusal("config.json", [](Json& json) { json["image_token_id"] = 391; }),
              AllOf(HasSubstr("<|image_pad|>"), HasSubstr("391"), HasSubstr("390")));
  EXPECT_THAT(refusal("config.json", [](Json& json) { json["vision_start_token_id"] = 1; }),
              HasSubstr("<|vision_start|>"));
  EXPECT_THAT(refusal("config.json", [](Json& json) { json["text_config"]["vocab_size"] = 300; }),
              AllOf(HasSubstr("ids up to 399"), HasSubstr("300 rows")));
}

TEST(Processor, RefusesEndTokensThatAreNoTokens) {
  const auto eos = [](const Json& value) {
    return refusal("generation_config.json", [&](Json& json) { json["eos_token_id"] = value; });
  };
  EXPECT_THAT(eos(Json::array({380, "x"})),
              AllOf(HasSubstr("generation_config.json"), HasSubstr("holds \"x\"")));
  EXPECT_THAT(eos(-1), HasSubstr("holds -1"));
  EXPECT_THAT(eos(400), HasSubstr("holds 400"));
  EXPECT_THAT(eos(Json::array()), HasSubstr("empty"));
}

TEST(Processor, NamesMissingFilesAndBrokenJson) {
  for (const char* file : {"tokenizer.json", "preprocessor_config.json"}) {
    const TempFolder folder;
    folder.copy_checkpoint("tied_f16");
    const ModelConfig config = load_config(folder.path());
    folder.write(file, "{\"a\": ");
    EXPECT_THAT(refusal_of([&] { load_processor(folder.path(), config); }), HasSubstr(file));
    std::filesystem::remove(folder.path() / file);
    EXPECT_THAT(refusal_of([&] { load_processor(folder.path(), config); }), HasSubstr(file));
  }
}

TEST(Pixels, PicturesOfOneColourAndDifferentShapeHaveDifferentKeys) {
  const PatchOptions options{.patch = 8,
                             .bounds = {.factor = 16, .min_pixels = 256, .max_pixels = 4096}};
  const auto wide = to_pixels(Image(64, 32), options), tall = to_pixels(Image(32, 64), options);
  ASSERT_EQ(wide->patches.sizes(), tall->patches.sizes());
  EXPECT_NE(wide->key, tall->key);
  EXPECT_EQ(wide->key, to_pixels(Image(64, 32), options)->key);
}

}  // namespace
}  // namespace juror
