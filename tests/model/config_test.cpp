// config.json: both layouts, and every way in which one can be wrong.
#include "model/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "temp_folder.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

Json golden_config(const std::string& checkpoint) {
  return Json::parse(read_file(kGoldenFolder / "checkpoints" / checkpoint / "config.json"));
}

std::string refusal(const Json& json) {
  return refusal_of([&] { parse_config(json.dump(), "config.json"); });
}

/// The refusal of a nested config whose value at `pointer` is `value`.
std::string refusal(const std::string& pointer, const Json& value) {
  Json json = golden_config("tied_f16");
  json[Json::json_pointer(pointer)] = value;
  return refusal(json);
}

TEST(Config, ReadsTheFlatAndTheNestedLayout) {
  const ModelConfig flat = parse_config(golden_config("hub_layout_bf16").dump(), "config.json");
  EXPECT_EQ(flat.text.layers, 3);
  EXPECT_EQ(flat.text.head_size, 8);
  EXPECT_EQ(flat.vision.patch, 14);
  EXPECT_TRUE(flat.text.tied_head);
  const ModelConfig nested = parse_config(golden_config("untied_odd_f32").dump(), "config.json");
  EXPECT_EQ(nested.text.heads, 3);
  EXPECT_EQ(nested.text.kv_heads, 1);
  EXPECT_DOUBLE_EQ(nested.text.norm_eps, 1e-2);
  EXPECT_DOUBLE_EQ(nested.text.rope_theta, 1e4);
  EXPECT_EQ(nested.text.mrope_section, (std::array<std::int64_t, 3>{1, 2, 1}));
  EXPECT_FALSE(nested.text.tied_head);
}

TEST(Config, ReadsQwen2Vl) {
  const ModelConfig config = parse_config(golden_config("qwen2_vl_hub_bf16").dump(), "config.json");
  EXPECT_EQ(config.vision.width, 16);
  EXPECT_EQ(config.vision.mlp_width, 32);  // mlp_ratio 2
  EXPECT_EQ(config.vision.out_width, 32);  // hidden_size is the language model's
  EXPECT_EQ(config.vision.window, 0);
  EXPECT_TRUE(config.text.traits.has_qkv_bias);
}

TEST(Config, ReadsQwen3Vl) {
  const ModelConfig config = parse_config(golden_config("qwen3_vl_hub_bf16").dump(), "config.json");
  EXPECT_EQ(config.text.heads * config.text.head_size, 64);
  EXPECT_EQ(config.text.width, 40);
  EXPECT_DOUBLE_EQ(config.text.rope_theta, 5e6);
  EXPECT_EQ(config.vision.position_side, 7);
  EXPECT_EQ(config.vision.deep_blocks, (std::vector<std::int64_t>{0, 1, 3}));
  EXPECT_EQ(config.dtype, "bfloat16");
}

TEST(Config, RefusesATowerOfQwen3VlThatDoesNotFit) {
  const auto refused = [](const std::string& pointer, const Json& value) {
    Json json = golden_config("qwen3_vl_tied_f16");
    json[Json::json_pointer(pointer)] = value;
    return refusal(json);
  };
  EXPECT_THAT(refused("/vision_config/num_position_embeddings", 15), HasSubstr("a square number"));
  EXPECT_THAT(refused("/vision_config/deepstack_visual_indexes", {2}),
              HasSubstr("holds 2, and the tower has 2 blocks"));
  EXPECT_THAT(refused("/vision_config/deepstack_visual_indexes", {1, 0}), HasSubstr("must ascend"));
  EXPECT_THAT(refused("/text_config/attention_bias", true), HasSubstr("attention_bias"));
  EXPECT_THAT(refused("/text_config/rope_parameters/mrope_interleaved", false),
              HasSubstr("mrope_interleaved is false"));
}

TEST(Config, NamesAMissingKey) {
  for (const char* key : {"hidden_size", "num_hidden_layers", "num_attention_heads",
                          "intermediate_size", "vocab_size"}) {
    Json json = golden_config("tied_f16");
    json["text_config"].erase(key);
    EXPECT_THAT(refusal(json), AllOf(HasSubstr("'config.json' lacks"),
                                     HasSubstr(std::string("text_config.") + key)));
  }
  for (const char* key : {"depth", "num_heads", "out_hidden_size", "fullatt_block_indexes"}) {
    Json json = golden_config("tied_f16");
    json["vision_config"].erase(key);
    EXPECT_THAT(refusal(json), HasSubstr(std::string("vision_config.") + key));
  }
  Json json = golden_config("tied_f16");
  json.erase("vision_config");
  EXPECT_THAT(refusal(json), HasSubstr("lacks the key vision_config"));
  json = golden_config("tied_f16");
  json["text_config"].erase("rope_parameters");
  EXPECT_THAT(refusal(json), HasSubstr("text_config.rope_scaling"));
}

TEST(Config, NamesAValueOfTheWrongType) {
  EXPECT_THAT(refusal("/text_config/hidden_size", "32"),
              HasSubstr("text_config.hidden_size is \"32\""));
  EXPECT_THAT(refusal("/text_config/hidden_size", 32.0),
              HasSubstr("text_config.hidden_size is 32.0"));
  EXPECT_THAT(refusal("/text_config/hidden_size", -32), HasSubstr("is -32"));
  EXPECT_THAT(refusal("/text_config/hidden_size", 0), HasSubstr("is 0"));
  EXPECT_THAT(refusal("/text_config/rms_norm_eps", "1e-6"), HasSubstr("rms_norm_eps is \"1e-6\""));
  EXPECT_THAT(refusal("/text_config/rms_norm_eps", -1.0), HasSubstr("rms_norm_eps is -1"));
  EXPECT_THAT(refusal("/tie_word_embeddings", 1), HasSubstr("tie_word_embeddings is 1"));
  EXPECT_THAT(refusal("/vision_config", Json::array()),
              HasSubstr("vision_config is not an object"));
  EXPECT_THAT(refusal("/vision_config/fullatt_block_indexes", 3),
              HasSubstr("fullatt_block_indexes is 3"));
  EXPECT_THAT(refusal("/vision_config/fullatt_block_indexes", Json::array({1, -1})),
              HasSubstr("holds -1"));
  EXPECT_THAT(
      refusal("/vision_config/fullatt_block_indexes", Json::array({18446744073709551615ULL})),
      HasSubstr("holds 1844"));
}

TEST(Config, RefusesWhatIsNoJsonObject) {
  for (const char* text : {"", "{\"model_type\":", "[]", "null", "\xff"}) {
    EXPECT_THAT(refusal_of([&] { parse_config(text, "config.json"); }),
                HasSubstr("'config.json' is not a JSON object"));
  }
  const std::string nest = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(refusal_of([&] {
                parse_config(
                    R"({"model_type":"qwen2_5_vl","vision_config":{"depth":)" + nest + "}}", "c");
              }),
              HasSubstr("'c' is not a JSON object"));
}

TEST(Config, RefusesOtherArchitectures) {
  EXPECT_THAT(refusal("/model_type", "llava"),
              AllOf(HasSubstr("'llava'"), HasSubstr("'qwen2_vl', 'qwen2_5_vl', 'qwen3_vl'")));
  EXPECT_THAT(refusal("/model_type", 3), HasSubstr("model_type is 3"));
  EXPECT_THAT(refusal("/text_config/hidden_act", "gelu"),
              HasSubstr("text_config.hidden_act is 'gelu'"));
  EXPECT_THAT(refusal("/vision_config/hidden_act", "gelu"),
              HasSubstr("vision_config.hidden_act is 'gelu'"));
  EXPECT_THAT(refusal("/text_config/use_sliding_window", true), HasSubstr("sliding-window"));
  EXPECT_THAT(refusal("/vision_config/rope_parameters/rope_theta", 1e6), HasSubstr("rope_theta"));
}

TEST(Config, RefusesSizesThatDoNotFitTogether) {
  EXPECT_THAT(refusal("/text_config/num_attention_heads", 3),
              HasSubstr("3 attention heads of 10 channels"));
  EXPECT_THAT(refusal("/text_config/num_key_value_heads", 3),
              HasSubstr("cannot share 3 key-value heads"));
  EXPECT_THAT(refusal("/text_config/head_dim", 16), HasSubstr("heads of 16 channels"));
  EXPECT_THAT(refusal("/vision_config/num_heads", 5), HasSubstr("vision width 24 over 5 heads"));
  EXPECT_THAT(refusal("/vision_config/out_hidden_size", 64),
              HasSubstr("gives 64 channels, the language model takes 32"));
  EXPECT_THAT(refusal("/vision_config/window_size", 33), HasSubstr("window_size 33"));
}

TEST(Config, RefusesRopeOfAnotherKind) {
  EXPECT_THAT(refusal("/text_config/rope_parameters/mrope_section", Json::array({2, 1})),
              HasSubstr("three numbers"));
  EXPECT_THAT(refusal("/text_config/rope_parameters/mrope_section", Json::array({2, 2, 1})),
              HasSubstr("sum to half the head size (4)"));
  EXPECT_THAT(refusal("/text_config/rope_parameters/mrope_section", "2,1,1"),
              HasSubstr("mrope_section is \"2,1,1\""));
  EXPECT_THAT(refusal("/text_config/rope_parameters/rope_type", "yarn"), HasSubstr("'yarn'"));
  EXPECT_THAT(refusal("/text_config/rope_parameters/rope_theta", 0.0),
              HasSubstr("rope_theta is 0"));
}

TEST(Config, RefusesCountsThatWouldAllocateTheMachine) {
  EXPECT_THAT(refusal("/text_config/num_hidden_layers", 2'000'000'000),
              HasSubstr("2000000000; at most 1024"));
  EXPECT_THAT(refusal("/vision_config/patch_size", 2'000'000'000), HasSubstr("at most 1024"));
  EXPECT_THAT(refusal("/text_config/vocab_size", 2'000'000'000), HasSubstr("less than"));
}

TEST(Config, NamesAMissingFolderAndAMissingFile) {
  EXPECT_THAT(refusal_of([] { load_config("/nowhere/model"); }),
              HasSubstr("no model folder '/nowhere/model'"));
  const TempFolder folder;
  EXPECT_THAT(refusal_of([&] { load_config(folder.path()); }), HasSubstr("holds no config.json"));
}

}  // namespace
}  // namespace juror
