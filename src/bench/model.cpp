#include "bench/model.h"

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/made_config.h"
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

MadeSizes made_sizes(const BenchModelSizes& o) {
  return {.vision_width = o.vision_width,
          .vision_depth = o.vision_depth,
          .vision_heads = o.vision_heads,
          .vision_mlp = o.vision_mlp,
          .full_blocks = {o.vision_depth / 2 - 1, o.vision_depth - 1},
          .text_width = o.text_width,
          .text_layers = o.text_layers,
          .text_heads = o.text_heads,
          .text_kv_heads = o.text_kv_heads,
          .text_mlp = o.text_mlp,
          .vocabulary = o.vocabulary};
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
  const ModelConfig config = parse_config(made_config(made_sizes(sizes), tokenizer).dump(2),
                                          "config.json of the benchmark's model");
  save_model(*random_model(config, 0), folder, at::kBFloat16);
  return true;
}

}  // namespace juror
