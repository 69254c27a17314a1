#include "bench/model.h"

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/weights.h"
#include "text/bpe_trainer.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Few tokens are learnt from so little text; ids beyond them are rows of the embedding without a
/// token, as in Qwen's own.
Tokenizer write_tokenizer(const fs::path& folder) {
  const std::vector<std::string> corpus = {
      "system\nYou are a helpful assistant.user\nWhich image would people prefer?assistant\n",
      "<think>Image 1 is sharp. Image 2 is blurred.</think><answer>1</answer>",
      "<think>Image 1 is dark. Image 2 is sharp.</think><answer>2</answer>"};
  write_file_atomic(folder / "tokenizer.json", train_bpe(corpus, {.vocab_size = 320}));
  return Tokenizer::load(folder / "tokenizer.json");
}

/// mRoPE sections in the family's proportions, 2 : 3 : 3 of half a head.
Json mrope_section(std::int64_t half) {
  return {half / 4, half * 3 / 8, half - half / 4 - half * 3 / 8};
}

Json vision_config(const BenchModelSizes& o) {
  return {{"model_type", "qwen2_5_vl"},
          {"depth", o.vision_depth},
          {"hidden_size", o.vision_width},
          {"num_heads", o.vision_heads},
          {"intermediate_size", o.vision_mlp},
          {"out_hidden_size", o.text_width},
          {"in_channels", 3},
          {"patch_size", 14},
          {"spatial_patch_size", 14},
          {"temporal_patch_size", 2},
          {"spatial_merge_size", 2},
          {"window_size", 112},
          {"fullatt_block_indexes", {o.vision_depth / 2 - 1, o.vision_depth - 1}},
          {"hidden_act", "silu"}};
}

Json model_config(const BenchModelSizes& o, const Tokenizer& tokenizer) {
  return {{"architectures", {"Qwen2_5_VLForConditionalGeneration"}},
          {"model_type", "qwen2_5_vl"},
          {"hidden_size", o.text_width},
          {"num_hidden_layers", o.text_layers},
          {"num_attention_heads", o.text_heads},
          {"num_key_value_heads", o.text_kv_heads},
          {"intermediate_size", o.text_mlp},
          {"vocab_size", o.vocabulary},
          {"hidden_act", "silu"},
          {"max_position_embeddings", 4096},
          {"rms_norm_eps", 1e-6},
          {"rope_theta", 1e6},
          {"rope_scaling",
           {{"type", "mrope"}, {"mrope_section", mrope_section(o.text_width / o.text_heads / 2)}}},
          {"use_sliding_window", false},
          {"tie_word_embeddings", true},
          {"image_token_id", tokenizer.id_of("<|image_pad|>")},
          {"video_token_id", tokenizer.id_of("<|video_pad|>")},
          {"vision_start_token_id", tokenizer.id_of("<|vision_start|>")},
          {"vision_end_token_id", tokenizer.id_of("<|vision_end|>")},
          {"bos_token_id", tokenizer.id_of("<|endoftext|>")},
          {"eos_token_id", tokenizer.id_of("<|im_end|>")},
          {"torch_dtype", "bfloat16"},
          {"vision_config", vision_config(o)}};
}

void write_sidecars(const fs::path& folder) {
  constexpr std::int64_t kMostPixels = 448 * 448;
  const Json preprocessor = {{"image_processor_type", "Qwen2VLImageProcessor"},
                             {"processor_class", "Qwen2_5_VLProcessor"},
                             {"min_pixels", 56 * 56},
                             {"max_pixels", kMostPixels},
                             {"size", {{"shortest_edge", 56 * 56}, {"longest_edge", kMostPixels}}},
                             {"patch_size", 14},
                             {"temporal_patch_size", 2},
                             {"merge_size", 2}};
  write_file_atomic(folder / "preprocessor_config.json", preprocessor.dump(2));
  const Json tokenizer = {{"tokenizer_class", "Qwen2Tokenizer"},
                          {"eos_token", "<|im_end|>"},
                          {"pad_token", "<|endoftext|>"},
                          {"model_max_length", 4096},
                          {"chat_template", qwen_vl_chat_template()}};
  write_file_atomic(folder / "tokenizer_config.json", tokenizer.dump(2));
}

}  // namespace

Tokenizer write_bench_sidecars(const fs::path& folder) {
  fs::create_directories(folder);
  write_sidecars(folder);
  return write_tokenizer(folder);
}

bool make_bench_model(const BenchModelSizes& sizes, const fs::path& folder) {
  if (fs::is_regular_file(folder / "model.safetensors")) return false;
  const Tokenizer tokenizer = write_bench_sidecars(folder);
  const ModelConfig config =
      parse_config(model_config(sizes, tokenizer).dump(2), "config.json of the benchmark's model");
  save_model(*random_model(config, 0), folder, at::kBFloat16);
  return true;
}

}  // namespace juror
