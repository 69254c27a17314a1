#include "model/processor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "model/family.h"
#include "text/json_view.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json read_json(const fs::path& path) {
  const Json json = parse_json(read_file(path), path.string());
  require_model(json.is_object(), "'{}' is not a JSON object.", path.string());
  return json;
}

/// A value for an error: as written, unless that could be long or deep.
std::string shown(const Json& value) {
  return value.is_primitive() ? value.dump() : value.type_name();
}

/// The positive integer under `key`, or `fallback` where the key is absent or null.
std::int64_t count_or(const Json& json, const char* key, std::int64_t fallback,
                      const fs::path& path) {
  if (!json.contains(key) || json[key].is_null()) return fallback;
  const Json& value = json[key];
  constexpr std::uint64_t kMost = (1ULL << 31) - 1;
  require_model(value.is_number_unsigned() && value.get<std::uint64_t>() > 0 &&
                    value.get<std::uint64_t>() <= kMost,
                "'{}': {} is {}, and a positive integer is expected.", path.string(), key,
                shown(value));
  return value.get<std::int64_t>();
}

/// Refuses a step of preprocessing that is switched off or another way of resizing: Juror knows one
/// way only.
void check_steps(const Json& json, const fs::path& path) {
  for (const char* key : {"do_resize", "do_rescale", "do_normalize"}) {
    require_model(!json.contains(key) || json[key].is_null() || json[key] == true,
                  "'{}': {} is {}, and Juror always does this step.", path.string(), key,
                  shown(json.value(key, Json())));
  }
  constexpr int kBicubic = 3;
  require_model(
      !json.contains("resample") || json["resample"].is_null() || json["resample"] == kBicubic,
      "'{}': resample is {}, and Juror resizes by {} (bicubic).", path.string(),
      shown(json.value("resample", Json())), kBicubic);
}

void read_channels(const Json& json, const char* key, std::array<float, 3>& values,
                   const fs::path& path) {
  if (!json.contains(key) || json[key].is_null()) return;
  const Json& list = json[key];
  require_model(list.is_array() && list.size() == 3 && list[0].is_number() && list[1].is_number() &&
                    list[2].is_number(),
                "'{}': {} is {}, and three numbers are expected.", path.string(), key, shown(list));
  for (std::size_t c = 0; c < 3; ++c) values[c] = list[c].get<float>();
}

/// Pixel bounds: min_pixels and max_pixels win over size.{shortest_edge, longest_edge}, which are
/// pixel counts too.
void read_bounds(const Json& json, PatchOptions& options, const fs::path& path) {
  PixelBounds& bounds = options.bounds;
  bounds.factor = options.patch * options.merge;
  const Json size =
      json.contains("size") && !json["size"].is_null() ? json["size"] : Json::object();
  require_model(size.is_object(),
                "'{}': size is {}, and an object with shortest_edge and longest_edge is expected.",
                path.string(), shown(size));
  bounds.min_pixels =
      count_or(json, "min_pixels", count_or(size, "shortest_edge", bounds.min_pixels, path), path);
  bounds.max_pixels =
      count_or(json, "max_pixels", count_or(size, "longest_edge", bounds.max_pixels, path), path);
  require_model(bounds.min_pixels <= bounds.max_pixels,
                "'{}': an image may have {} pixels at least and {} at most.", path.string(),
                bounds.min_pixels, bounds.max_pixels);
}

/// What holds where preprocessor_config.json does not say.
PatchOptions usual_patches(const Family& family) {
  const PictureRules& rules = family.pictures;
  return {.bounds = {.min_pixels = rules.min_pixels, .max_pixels = rules.max_pixels},
          .mean = rules.mean,
          .std = rules.std};
}

PatchOptions read_patches(const fs::path& folder, const ModelConfig& config) {
  const fs::path path = folder / "preprocessor_config.json";
  require_model(fs::is_regular_file(path),
                "The model folder '{}' holds no preprocessor_config.json.", folder.string());
  const Json json = read_json(path);
  check_steps(json, path);
  const VisionConfig& vision = config.vision;
  PatchOptions options = usual_patches(*config.family);
  options.patch = static_cast<int>(count_or(json, "patch_size", vision.patch, path));
  options.merge = static_cast<int>(count_or(json, "merge_size", vision.merge, path));
  options.temporal =
      static_cast<int>(count_or(json, "temporal_patch_size", vision.temporal_patch, path));
  require_model(
      options.patch == vision.patch && options.merge == vision.merge &&
          options.temporal == vision.temporal_patch,
      "'{}' cuts patches of {} pixels, merged by {}, {} frames; config.json asks for {}, {}, {}.",
      path.string(), options.patch, options.merge, options.temporal, vision.patch, vision.merge,
      vision.temporal_patch);
  read_bounds(json, options, path);
  if (json.contains("rescale_factor") && !json["rescale_factor"].is_null()) {
    require_model(json["rescale_factor"].is_number(),
                  "'{}': rescale_factor is {}, and a number is expected.", path.string(),
                  shown(json["rescale_factor"]));
    options.rescale = json["rescale_factor"].get<double>();
  }
  read_channels(json, "image_mean", options.mean, path);
  read_channels(json, "image_std", options.std, path);
  for (const float deviation : options.std) {
    require_model(deviation > 0, "'{}': image_std holds {}, and positive numbers are expected.",
                  path.string(), deviation);
  }
  return options;
}

/// `eos_token_id` of generation_config.json (a number or a list), else of config.json, else the
/// chat's end tokens.
std::vector<std::int64_t> read_eos(const fs::path& folder, const Tokenizer& tokenizer) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    if (!fs::is_regular_file(folder / name)) continue;
    const Json json = read_json(folder / name);
    if (!json.contains("eos_token_id") || json["eos_token_id"].is_null()) continue;
    const Json ids = json["eos_token_id"].is_array() ? json["eos_token_id"]
                                                     : Json::array({json["eos_token_id"]});
    std::vector<std::int64_t> tokens;
    for (const Json& id : ids) {
      require_model(id.is_number_unsigned() &&
                        id.get<std::uint64_t>() < static_cast<std::uint64_t>(tokenizer.size()),
                    "'{}': eos_token_id holds {}, and ids below {} are expected.",
                    (folder / name).string(), shown(id), tokenizer.size());
      tokens.push_back(id.get<std::int64_t>());
    }
    require_model(!tokens.empty(), "'{}': eos_token_id is an empty list.",
                  (folder / name).string());
    return tokens;
  }
  return {tokenizer.id_of("<|im_end|>"), tokenizer.id_of("<|endoftext|>")};
}

/// Both files must mean the same tokens.
void check_tokens(const Tokenizer& tokenizer, const ModelConfig& config, const fs::path& folder) {
  require_model(
      tokenizer.size() <= config.text.vocabulary,
      "The model folder '{}': tokenizer.json uses ids up to {}, and the embedding has {} rows.",
      folder.string(), tokenizer.size() - 1, config.text.vocabulary);
  const std::pair<const char*, std::int64_t> named[] = {
      {"<|image_pad|>", config.image_token},
      {"<|vision_start|>", config.vision_start_token},
      {"<|vision_end|>", config.vision_end_token}};
  for (const auto& [token, id] : named) {
    require_model(tokenizer.id_of(token) == id,
                  "The model folder '{}': {} is {} in config.json and {} in tokenizer.json.",
                  folder.string(), token, id, tokenizer.id_of(token));
  }
}

/// FNV-1a over 8-byte words of grid and rows: names content, protects against nothing. The grid
/// counts too: pictures of one colour have equal rows in every shape.
std::uint64_t hash_rows(const PatchRows& rows) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  };
  mix(static_cast<std::uint64_t>(rows.grid.t));
  mix(static_cast<std::uint64_t>(rows.grid.h));
  mix(static_cast<std::uint64_t>(rows.grid.w));
  for (std::size_t i = 0; i < rows.values.size(); i += 2) {
    std::uint64_t word = 0;
    std::memcpy(&word, rows.values.data() + i,
                std::min<std::size_t>(2, rows.values.size() - i) * sizeof(float));
    mix(word);
  }
  return hash;
}

}  // namespace

Processor load_processor(const fs::path& folder, const ModelConfig& config) {
  require_model(fs::is_regular_file(folder / "tokenizer.json"),
                "The model folder '{}' holds no tokenizer.json.", folder.string());
  Tokenizer tokenizer = Tokenizer::load(folder / "tokenizer.json");
  check_tokens(tokenizer, config, folder);
  require_model(config.vision.in_channels == 3,
                "The model folder '{}': the vision tower reads {} channels, and pictures "
                "have 3.",
                folder.string(), config.vision.in_channels);
  const ChatOptions chat = chat_options_for(load_chat_template(folder), folder.string());
  std::vector<std::int64_t> eos = read_eos(folder, tokenizer);
  return {.tokenizer = std::move(tokenizer),
          .patches = read_patches(folder, config),
          .chat = chat,
          .eos_tokens = std::move(eos),
          .max_positions = config.text.max_positions};
}

std::shared_ptr<const PixelImage> to_pixels(const Image& image, const PatchOptions& options) {
  const PatchRows rows = patch_rows(image, options);
  auto pixels = std::make_shared<PixelImage>();
  pixels->grid = {.t = rows.grid.t, .h = rows.grid.h, .w = rows.grid.w};
  pixels->key = hash_rows(rows);
  pixels->patches = at::tensor(rows.values, at::kFloat).reshape({-1, rows.row_length});
  return pixels;
}

}  // namespace juror
