#include "model/made_config.h"

#include <nlohmann/json.hpp>

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// mRoPE sections in the family's proportions, 2 : 3 : 3 of half a head.
Json mrope_section(std::int64_t half) {
  return {half / 4, half * 3 / 8, half - half / 4 - half * 3 / 8};
}

Json vision_config(const MadeSizes& sizes) {
  return {{"model_type", "qwen2_5_vl"},
          {"depth", sizes.vision_depth},
          {"hidden_size", sizes.vision_width},
          {"num_heads", sizes.vision_heads},
          {"intermediate_size", sizes.vision_mlp},
          {"out_hidden_size", sizes.text_width},
          {"in_channels", 3},
          {"patch_size", 14},
          {"spatial_patch_size", 14},
          {"temporal_patch_size", 2},
          {"spatial_merge_size", 2},
          {"window_size", sizes.window},
          {"fullatt_block_indexes", sizes.full_blocks},
          {"hidden_act", "silu"}};
}

}  // namespace

Json made_config(const MadeSizes& sizes, const Tokenizer& tokenizer) {
  return {{"architectures", {"Qwen2_5_VLForConditionalGeneration"}},
          {"model_type", "qwen2_5_vl"},
          {"hidden_size", sizes.text_width},
          {"num_hidden_layers", sizes.text_layers},
          {"num_attention_heads", sizes.text_heads},
          {"num_key_value_heads", sizes.text_kv_heads},
          {"intermediate_size", sizes.text_mlp},
          {"vocab_size", sizes.vocabulary},
          {"hidden_act", "silu"},
          {"max_position_embeddings", 4096},
          {"rms_norm_eps", 1e-6},
          {"rope_theta", sizes.rope_theta},
          {"rope_scaling",
           {{"type", "mrope"},
            {"mrope_section", mrope_section(sizes.text_width / sizes.text_heads / 2)}}},
          {"use_sliding_window", false},
          {"tie_word_embeddings", true},
          {"image_token_id", tokenizer.id_of("<|image_pad|>")},
          {"video_token_id", tokenizer.id_of("<|video_pad|>")},
          {"vision_start_token_id", tokenizer.id_of("<|vision_start|>")},
          {"vision_end_token_id", tokenizer.id_of("<|vision_end|>")},
          {"bos_token_id", tokenizer.id_of("<|endoftext|>")},
          {"eos_token_id", tokenizer.id_of("<|im_end|>")},
          {"torch_dtype", "bfloat16"},
          {"vision_config", vision_config(sizes)}};
}

}  // namespace juror
