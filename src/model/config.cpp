// Two layouts exist: hub files keep the text fields at top level; newer transformers nests them
// under text_config.
#include "model/config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostCount = (1LL << 31) - 1;

/// A value for an error: as written, unless that could be long or deep.
std::string shown(const Json& value) {
  return value.is_primitive() ? value.dump() : value.type_name();
}

/// Typed access to one JSON object, with errors that name file and key. Does not own the object.
class Reader {
 public:
  Reader(const Json& json, std::string file, std::string where)
      : json_(json), file_(std::move(file)), where_(std::move(where)) {}

  bool has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }

  std::int64_t count(const char* key) const { return positive(key, find(key)); }
  std::int64_t count(const char* key, std::int64_t fallback) const {
    return has(key) ? positive(key, json_[key]) : fallback;
  }
  double real(const char* key, double fallback) const {
    if (!has(key)) return fallback;
    require_model(json_[key].is_number(), "'{}': {}{} is {}, and a number is expected.", file_,
                  where_, key, shown(json_[key]));
    return json_[key].get<double>();
  }
  bool flag(const char* key, bool fallback) const {
    if (!has(key)) return fallback;
    require_model(json_[key].is_boolean(), "'{}': {}{} is {}, and true or false is expected.",
                  file_, where_, key, shown(json_[key]));
    return json_[key].get<bool>();
  }
  std::string text(const char* key, const std::string& fallback) const {
    if (!has(key)) return fallback;
    require_model(json_[key].is_string(), "'{}': {}{} is {}, and a text is expected.", file_,
                  where_, key, shown(json_[key]));
    return json_[key].get<std::string>();
  }
  std::vector<std::int64_t> counts(const char* key) const {
    const Json& list = find(key);
    require_model(list.is_array(), "'{}': {}{} is {}, and a list is expected.", file_, where_, key,
                  shown(list));
    std::vector<std::int64_t> values;
    for (const Json& value : list) {
      require_model(is_count(value), "'{}': {}{} holds {}, and a non-negative integer is expected.",
                    file_, where_, key, shown(value));
      values.push_back(value.get<std::int64_t>());
    }
    return values;
  }
  /// Refuses any value but the one that Juror computes with.
  void expect_text(const char* key, const std::string& expected) const {
    require_model(text(key, expected) == expected, "'{}': {}{} is '{}', and Juror knows '{}'.",
                  file_, where_, key, text(key, ""), expected);
  }
  Reader inside(const char* key) const {
    const Json& object = find(key);
    require_model(object.is_object(), "'{}': {}{} is not an object.", file_, where_, key);
    return {object, file_, where_ + key + "."};
  }

 private:
  const Json& find(const char* key) const {
    require_model(has(key), "'{}' lacks the key {}{}.", file_, where_, key);
    return json_[key];
  }
  static bool is_count(const Json& value) {
    return value.is_number_unsigned() &&
           value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMostCount);
  }
  std::int64_t positive(const char* key, const Json& value) const {
    require_model(is_count(value) && value.get<std::int64_t>() > 0,
                  "'{}': {}{} is {}, and a positive integer is expected.", file_, where_, key,
                  shown(value));
    return value.get<std::int64_t>();
  }

  const Json& json_;
  std::string file_, where_;
};

VisionConfig read_vision(const Reader& json, const std::string& file) {
  VisionConfig vision;
  vision.depth = json.count("depth");
  vision.width = json.count("hidden_size");
  vision.heads = json.count("num_heads");
  vision.mlp_width = json.count("intermediate_size");
  vision.out_width = json.count("out_hidden_size");
  vision.in_channels =
      json.has("in_channels") ? json.count("in_channels") : json.count("in_chans", 3);
  vision.patch =
      json.has("patch_size") ? json.count("patch_size") : json.count("spatial_patch_size", 14);
  vision.temporal_patch = json.count("temporal_patch_size", 2);
  vision.merge = json.count("spatial_merge_size", 2);
  vision.window = json.count("window_size", 112);
  vision.full_attention_blocks = json.counts("fullatt_block_indexes");
  json.expect_text("hidden_act", "silu");
  constexpr double kTheta = 10000.0;
  const double theta = json.has("rope_parameters")
                           ? json.inside("rope_parameters").real("rope_theta", kTheta)
                           : kTheta;
  require_model(theta == kTheta,
                "'{}': vision_config.rope_parameters.rope_theta is {}, and Juror knows {}.", file,
                theta, kTheta);
  return vision;
}

/// Rope parameters: `rope_theta` and `rope_scaling` (old) or `rope_parameters` (new).
void read_rope(const Reader& json, TextConfig& text, const std::string& file) {
  const bool is_new = json.has("rope_parameters");
  const Reader rope = is_new ? json.inside("rope_parameters") : json.inside("rope_scaling");
  text.rope_theta =
      is_new ? rope.real("rope_theta", json.real("rope_theta", 1e6)) : json.real("rope_theta", 1e6);
  const std::string type = rope.text("rope_type", rope.text("type", "default"));
  require_model(type == "mrope" || type == "default",
                "'{}': rope type '{}' is not supported; 'default' or 'mrope' is.", file, type);
  require_model(text.rope_theta > 0, "'{}': rope_theta is {}, and a positive number is expected.",
                file, text.rope_theta);
  const std::vector<std::int64_t> section = rope.counts("mrope_section");
  require_model(section.size() == 3 && section[0] + section[1] + section[2] == text.head_size / 2,
                "'{}': mrope_section must hold three numbers that sum to half the head size ({}).",
                file, text.head_size / 2);
  std::copy(section.begin(), section.end(), text.mrope_section.begin());
}

TextConfig read_text(const Reader& json, const std::string& file) {
  TextConfig text;
  text.width = json.count("hidden_size");
  text.layers = json.count("num_hidden_layers");
  text.heads = json.count("num_attention_heads");
  text.kv_heads = json.count("num_key_value_heads", text.heads);
  text.head_size = json.count("head_dim", std::max<std::int64_t>(1, text.width / text.heads));
  text.mlp_width = json.count("intermediate_size");
  text.vocabulary = json.count("vocab_size");
  text.max_positions = json.count("max_position_embeddings", text.max_positions);
  text.norm_eps = json.real("rms_norm_eps", 1e-6);
  require_model(!json.flag("use_sliding_window", false),
                "'{}': sliding-window attention is not supported.", file);
  json.expect_text("hidden_act", "silu");
  require_model(text.heads * text.head_size == text.width && text.head_size % 2 == 0,
                "'{}': {} attention heads of {} channels must fill the hidden size {}, each with "
                "an even number.",
                file, text.heads, text.head_size, text.width);
  read_rope(json, text, file);
  return text;
}

/// Bounds that no real model meets, so that products of sizes do not overflow and a mistyped count
/// allocates nothing.
void check_ranges(const ModelConfig& config, const std::string& file) {
  const VisionConfig& vision = config.vision;
  const TextConfig& text = config.text;
  for (const std::int64_t count :
       {text.layers, text.heads, vision.depth, vision.heads, vision.patch, vision.merge,
        vision.temporal_patch, vision.in_channels}) {
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
}

}  // namespace

ModelConfig parse_config(const std::string& text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  require_model(json.is_object(), "'{}' is not a JSON object.", file);
  const Reader top(json, file, "");
  ModelConfig config;
  config.model_type = top.text("model_type", "");
  require_model(config.model_type == "qwen2_5_vl",
                "'{}': model_type is '{}', and Juror knows 'qwen2_5_vl'.", file, config.model_type);
  config.vision = read_vision(top.inside("vision_config"), file);
  const Reader text_json = top.has("text_config") ? top.inside("text_config") : top;
  config.text = read_text(text_json, file);
  config.text.tied_head =
      top.flag("tie_word_embeddings", text_json.flag("tie_word_embeddings", false));
  config.image_token = top.count("image_token_id", 151655);
  config.video_token = top.count("video_token_id", 151656);
  config.vision_start_token = top.count("vision_start_token_id", 151652);
  config.vision_end_token = top.count("vision_end_token_id", 151653);
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

}  // namespace juror
