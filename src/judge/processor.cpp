#include "judge/processor.h"

#include <ATen/ATen.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json read_json(const fs::path& path) {
  const Json json = Json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  require_model(json.is_object(), "'{}' is not a JSON object.", path.string());
  return json;
}

/// The number under `key`, or `fallback` where the key is absent or null.
template <class Number>
Number number_or(const Json& json, const char* key, Number fallback, const fs::path& path) {
  if (!json.contains(key) || json[key].is_null()) return fallback;
  require_model(json[key].is_number(), "'{}': {} is {}, and a number is expected.", path.string(), key, json[key].dump());
  return json[key].get<Number>();
}

void read_channels(const Json& json, const char* key, std::array<float, 3>& values, const fs::path& path) {
  if (!json.contains(key)) return;
  const Json& list = json[key];
  require_model(list.is_array() && list.size() == 3 && list[0].is_number() && list[1].is_number() && list[2].is_number(),
                "'{}': {} is {}, and three numbers are expected.", path.string(), key, list.dump());
  for (std::size_t c = 0; c < 3; ++c) values[c] = list[c].get<float>();
}

/// Pixel bounds: min_pixels and max_pixels win over size.{shortest_edge, longest_edge}, which are pixel counts too.
PatchOptions read_patches(const fs::path& folder, const VisionConfig& vision) {
  const fs::path path = folder / "preprocessor_config.json";
  require_model(fs::is_regular_file(path), "The model folder '{}' holds no preprocessor_config.json.", folder.string());
  const Json json = read_json(path);
  PatchOptions options;
  options.patch = number_or(json, "patch_size", 14, path);
  options.merge = number_or(json, "merge_size", 2, path);
  options.temporal = number_or(json, "temporal_patch_size", 2, path);
  require_model(options.patch == vision.patch && options.merge == vision.merge && options.temporal == vision.temporal_patch,
                "'{}' cuts patches of {} pixels, merged by {}, {} frames; config.json asks for {}, {}, {}.", path.string(),
                options.patch, options.merge, options.temporal, vision.patch, vision.merge, vision.temporal_patch);
  options.bounds.factor = options.patch * options.merge;
  const Json size = json.contains("size") && json["size"].is_object() ? json["size"] : Json::object();
  options.bounds.min_pixels =
      number_or(json, "min_pixels", number_or(size, "shortest_edge", options.bounds.min_pixels, path), path);
  options.bounds.max_pixels =
      number_or(json, "max_pixels", number_or(size, "longest_edge", options.bounds.max_pixels, path), path);
  options.rescale = number_or(json, "rescale_factor", options.rescale, path);
  read_channels(json, "image_mean", options.mean, path);
  read_channels(json, "image_std", options.std, path);
  return options;
}

/// `eos_token_id` of generation_config.json (a number or a list), else of config.json, else the chat's end tokens.
std::vector<std::int64_t> read_eos(const fs::path& folder, const Tokenizer& tokenizer) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    if (!fs::is_regular_file(folder / name)) continue;
    const Json json = read_json(folder / name);
    if (!json.contains("eos_token_id") || json["eos_token_id"].is_null()) continue;
    const Json& ids = json["eos_token_id"];
    if (ids.is_number_integer()) return {ids.get<std::int64_t>()};
    require_model(ids.is_array() && !ids.empty() && ids[0].is_number_integer(),
                  "'{}': eos_token_id is {}, and an id or a list of ids is expected.", (folder / name).string(), ids.dump());
    return ids.get<std::vector<std::int64_t>>();
  }
  return {tokenizer.id_of("<|im_end|>"), tokenizer.id_of("<|endoftext|>")};
}

/// Ids that may not be sampled: everything that marks or stands for pictures, and rows that are no token.
std::vector<std::int64_t> read_banned(const Tokenizer& tokenizer, const ModelConfig& config) {
  std::set<std::int64_t> banned = {config.image_token, config.video_token, config.vision_start_token, config.vision_end_token};
  if (const auto pad = tokenizer.find("<|vision_pad|>")) banned.insert(*pad);
  for (std::int64_t id = tokenizer.size(); id < config.text.vocabulary; ++id) banned.insert(id);
  return {banned.begin(), banned.end()};
}

/// FNV-1a over 8-byte words: names content, protects against nothing.
std::uint64_t hash_rows(const std::vector<float>& values) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
    std::uint64_t word = 0;
    std::memcpy(&word, values.data() + i, 8);
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  }
  return hash ^ values.size();
}

}  // namespace

Processor load_processor(const fs::path& folder, const ModelConfig& config) {
  require_model(fs::is_regular_file(folder / "tokenizer.json"), "The model folder '{}' holds no tokenizer.json.",
                folder.string());
  Tokenizer tokenizer = Tokenizer::load(folder / "tokenizer.json");
  require_model(tokenizer.size() <= config.text.vocabulary,
                "The model folder '{}': tokenizer.json uses ids up to {}, and the embedding has {} rows.", folder.string(),
                tokenizer.size() - 1, config.text.vocabulary);
  require_model(tokenizer.id_of("<|image_pad|>") == config.image_token,
                "The model folder '{}': config.json calls {} the image token, tokenizer.json {}.", folder.string(),
                config.image_token, tokenizer.id_of("<|image_pad|>"));
  const ChatOptions chat = chat_options_for(load_chat_template(folder), folder.string());
  std::vector<std::int64_t> eos = read_eos(folder, tokenizer), banned = read_banned(tokenizer, config);
  return {.tokenizer = std::move(tokenizer), .patches = read_patches(folder, config.vision), .chat = chat,
          .eos_tokens = std::move(eos), .banned_tokens = std::move(banned), .max_positions = config.text.max_positions};
}

std::shared_ptr<const PixelImage> to_pixels(const Image& image, const PatchOptions& options) {
  const PatchRows rows = patch_rows(image, options);
  auto pixels = std::make_shared<PixelImage>();
  pixels->grid = {.t = rows.grid.t, .h = rows.grid.h, .w = rows.grid.w};
  pixels->key = hash_rows(rows.values);
  pixels->patches = at::tensor(rows.values, at::kFloat).reshape({-1, rows.row_length});
  return pixels;
}

}  // namespace juror
