// Two layouts exist: hub files keep the text fields at top level; newer transformers nests them
// under text_config.
#include "model/config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/parse_json.h"
#include "model/family.h"

namespace juror {
namespace {

using Json = nlohmann::json;

/// The tower's rotations are computed with one theta, as in every checkpoint there is.
void check_vision_rope(const ConfigReader& json) {
  constexpr double kTheta = 10000.0;
  const double theta = json.has("rope_parameters")
                           ? json.inside("rope_parameters").real("rope_theta", kTheta)
                           : kTheta;
  require_model(theta == kTheta,
                "'{}': vision_config.rope_parameters.rope_theta is {}, and Juror knows {}.",
                json.file(), theta, kTheta);
}

/// Rope parameters: `rope_theta` and `rope_scaling` (old) or `rope_parameters` (new).
void read_rope(const ConfigReader& json, TextConfig& text) {
  const std::string& file = json.file();
  const double usual = text.traits.rope_theta;
  const bool is_new = json.has("rope_parameters");
  const ConfigReader rope = is_new ? json.inside("rope_parameters") : json.inside("rope_scaling");
  text.rope_theta = is_new ? rope.real("rope_theta", json.real("rope_theta", usual))
                           : json.real("rope_theta", usual);
  const std::string type = rope.text("rope_type", rope.text("type", "default"));
  require_model(type == "mrope" || type == "default",
                "'{}': rope type '{}' is not supported; 'default' or 'mrope' is.", file, type);
  const bool interleaved = text.traits.is_rope_interleaved;
  require_model(rope.flag("mrope_interleaved", interleaved) == interleaved,
                "'{}': mrope_interleaved is {}, and this family computes with {}.", file,
                !interleaved, interleaved);
  require_model(text.rope_theta > 0, "'{}': rope_theta is {}, and a positive number is expected.",
                file, text.rope_theta);
  const std::vector<std::int64_t> section = rope.counts("mrope_section");
  require_model(section.size() == 3 && section[0] + section[1] + section[2] == text.head_size / 2,
                "'{}': mrope_section must hold three numbers that sum to half the head size ({}).",
                file, text.head_size / 2);
  std::copy(section.begin(), section.end(), text.mrope_section.begin());
}

TextConfig read_text(const ConfigReader& json, const TextTraits& traits) {
  const std::string& file = json.file();
  TextConfig text{.traits = traits};
  text.width = json.count("hidden_size");
  text.layers = json.count("num_hidden_layers");
  text.heads = json.count("num_attention_heads");
  text.kv_heads = json.count("num_key_value_heads", text.heads);
  const bool is_free = traits.head_size > 0;
  text.head_size = json.count(
      "head_dim", is_free ? traits.head_size : std::max<std::int64_t>(1, text.width / text.heads));
  text.mlp_width = json.count("intermediate_size");
  text.vocabulary = json.count("vocab_size");
  text.max_positions = json.count("max_position_embeddings", text.max_positions);
  text.norm_eps = json.real("rms_norm_eps", traits.norm_eps);
  require_model(!json.flag("use_sliding_window", false),
                "'{}': sliding-window attention is not supported.", file);
  json.expect_text("hidden_act", "silu");
  require_model((is_free || text.heads * text.head_size == text.width) && text.head_size % 2 == 0,
                "'{}': {} attention heads of {} channels must fill the hidden size {}, each with "
                "an even number.",
                file, text.heads, text.head_size, text.width);
  require_model(!json.flag("attention_bias", false),
                "'{}': attention_bias is true, which Juror does not know.", file);
  read_rope(json, text);
  return text;
}

/// Bounds that no real model meets, so that products of sizes do not overflow and a mistyped count
/// allocates nothing.
void check_ranges(const ModelConfig& config, const std::string& file) {
  const VisionConfig& vision = config.vision;
  const TextConfig& text = config.text;
  for (const std::int64_t count :
       {text.layers, text.heads, vision.depth, vision.heads, vision.patch, vision.merge,
        vision.temporal_patch, vision.in_channels, vision.position_side}) {
    require_model(
        count <= 1024,
        "'{}': a number of layers, heads, channels or pixels of a patch is {}; at most 1024 is "
        "expected.",
        file, count);
  }
  for (const std::int64_t width :
       {text.width, text.mlp_width, text.vocabulary, text.head_size, vision.width, vision.mlp_width,
        vision.out_width, vision.window}) {
    require_model(width < (1 << 24),
                  "'{}': a width, window or vocabulary is {}; less than {} is expected.", file,
                  width, 1 << 24);
  }
  require_model(text.norm_eps >= 0, "'{}': rms_norm_eps is {}, and it must not be negative.", file,
                text.norm_eps);
}

void check_sizes(const ModelConfig& config, const std::string& file) {
  const VisionConfig& vision = config.vision;
  const TextConfig& text = config.text;
  require_model(text.heads % text.kv_heads == 0,
                "'{}': {} attention heads cannot share {} key-value heads evenly.", file,
                text.heads, text.kv_heads);
  require_model(vision.width % vision.heads == 0 && vision.head_size() % 4 == 0,
                "'{}': vision width {} over {} heads must give a head size that 4 divides.", file,
                vision.width, vision.heads);
  require_model(vision.out_width == text.width,
                "'{}': the vision tower gives {} channels, the language model takes {}.", file,
                vision.out_width, text.width);
  require_model(vision.window % (vision.patch * vision.merge) == 0,
                "'{}': window_size {} is no multiple of patch x merge = {}.", file, vision.window,
                vision.patch * vision.merge);
  for (const std::int64_t block : vision.deep_blocks) {
    require_model(block < vision.depth,
                  "'{}': deepstack_visual_indexes holds {}, and the tower has {} blocks.", file,
                  block, vision.depth);
  }
  require_model(std::is_sorted(vision.deep_blocks.begin(), vision.deep_blocks.end()) &&
                    static_cast<std::int64_t>(vision.deep_blocks.size()) <= text.layers,
                "'{}': deepstack_visual_indexes must ascend and hold no more than the {} decoder "
                "layers.",
                file, text.layers);
}

}  // namespace

ModelConfig parse_config(const std::string& text, const std::string& file) {
  const Json json = json_or_discarded(text);
  require_model(json.is_object(), "'{}' is not a JSON object.", file);
  const ConfigReader top(json, file, "");
  ModelConfig config;
  config.family = &family_of(top.text("model_type", ""), file);
  const ConfigReader vision_json = top.inside("vision_config");
  config.vision = config.family->read_vision(vision_json);
  config.vision.traits = config.family->vision;
  check_vision_rope(vision_json);
  const ConfigReader text_json = top.has("text_config") ? top.inside("text_config") : top;
  config.text = read_text(text_json, config.family->text);
  config.text.tied_head =
      top.flag("tie_word_embeddings", text_json.flag("tie_word_embeddings", false));
  config.image_token = top.count("image_token_id", 151655);
  config.video_token = top.count("video_token_id", 151656);
  config.vision_start_token = top.count("vision_start_token_id", 151652);
  config.vision_end_token = top.count("vision_end_token_id", 151653);
  config.dtype = top.text(
      "dtype", top.text("torch_dtype", text_json.text("dtype", text_json.text("torch_dtype", ""))));
  config.json = text;
  check_ranges(config, file);
  check_sizes(config, file);
  return config;
}

ModelConfig load_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  require_model(std::filesystem::is_directory(folder), "There is no model folder '{}'.",
                folder.string());
  require_model(std::filesystem::is_regular_file(path),
                "The model folder '{}' holds no config.json.", folder.string());
  return parse_config(read_file(path), path.string());
}

std::int64_t rough_parameters(const TextConfig& text) {
  return text.width * (text.vocabulary + text.layers * (4 * text.width + 3 * text.mlp_width));
}

}  // namespace juror
