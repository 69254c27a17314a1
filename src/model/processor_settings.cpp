#include "model/processor_settings.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/shown_json.h"
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

/// The positive integer under `key`, or `fallback` where the key is absent or null.
std::int64_t count_or(const Json& json, const char* key, std::int64_t fallback,
                      const std::string& file) {
  if (!json.contains(key) || json[key].is_null()) return fallback;
  const Json& value = json[key];
  constexpr std::uint64_t kMost = (1ULL << 31) - 1;
  require_model(value.is_number_unsigned() && value.get<std::uint64_t>() > 0 &&
                    value.get<std::uint64_t>() <= kMost,
                "{}: {} is {}, and an integer from 1 to {} is expected.", file, key,
                shown_json(value), kMost);
  return value.get<std::int64_t>();
}

/// Refuses another image processor, a step that is switched off (null switches it off too) and
/// another way of resizing: Juror knows one way only.
void check_steps(const Json& json, const std::string& file) {
  const std::string type = json.value("image_processor_type", Json("Qwen2VLImageProcessor")).dump();
  require_model(type == "\"Qwen2VLImageProcessor\"" || type == "\"Qwen2VLImageProcessorFast\"",
                "{}: image_processor_type is {}, and Juror prepares pictures as "
                "Qwen2VLImageProcessor does.",
                file, type);
  for (const char* key : {"do_resize", "do_rescale", "do_normalize"}) {
    require_model(!json.contains(key) || json[key] == true,
                  "{}: {} is {}, and Juror always does this step.", file, key,
                  shown_json(json.value(key, Json())));
  }
  constexpr int kBicubic = 3;
  require_model(!json.contains("resample") || json["resample"] == kBicubic,
                "{}: resample is {}, and Juror resizes by {} (bicubic).", file,
                shown_json(json.value("resample", Json())), kBicubic);
}

/// Three numbers, or one for all channels.
void read_channels(const Json& json, const char* key, std::array<float, 3>& values,
                   const std::string& file) {
  if (!json.contains(key)) return;
  const Json list =
      json[key].is_number() ? Json::array({json[key], json[key], json[key]}) : json[key];
  require_model(list.is_array() && list.size() == 3 && list[0].is_number() && list[1].is_number() &&
                    list[2].is_number(),
                "{}: {} is {}, and three numbers are expected.", file, key, shown_json(list));
  for (std::size_t c = 0; c < 3; ++c) values[c] = list[c].get<float>();
}

/// Pixel bounds, two counts of pixels: min_pixels and max_pixels win over size.{shortest_edge,
/// longest_edge}. A size that holds one of them only is refused, as transformers does.
void read_bounds(const Json& json, PatchOptions& options, const std::string& file) {
  constexpr std::int64_t kFewest = 56 * 56, kMost = 28 * 28 * 1280;  // of Qwen2VLImageProcessor
  PixelBounds& bounds = options.bounds;
  bounds.factor = options.patch * options.merge;
  const bool has_size = json.contains("size") && !json["size"].is_null();
  const Json size = has_size ? json["size"] : Json::object();
  require_model(size.is_object(),
                "{}: size is {}, and an object with shortest_edge and longest_edge is expected.",
                file, shown_json(size));
  const auto read = [&](const char* key, const char* edge, std::int64_t otherwise) {
    const std::int64_t count = count_or(json, key, count_or(size, edge, 0, file), file);
    require_model(count > 0 || !has_size, "{}: size holds no {}, and there is no {} beside it.",
                  file, edge, key);
    return count > 0 ? count : otherwise;
  };
  bounds.min_pixels = read("min_pixels", "shortest_edge", kFewest);
  bounds.max_pixels = read("max_pixels", "longest_edge", kMost);
  require_model(bounds.min_pixels <= bounds.max_pixels,
                "{}: an image may have {} pixels at least and {} at most.", file, bounds.min_pixels,
                bounds.max_pixels);
}

/// The settings of the image processor, and what errors call their place: `image_processor` of
/// processor_config.json (transformers 5) wins over preprocessor_config.json.
std::pair<Json, std::string> find_settings(const fs::path& folder) {
  const fs::path newer = folder / "processor_config.json",
                 older = folder / "preprocessor_config.json";
  if (fs::is_regular_file(newer)) {
    const Json json = read_json(newer);
    const std::string place = fmt::format("'{}': image_processor", newer.string());
    if (json.contains("image_processor") && !json["image_processor"].is_null()) {
      require_model(json["image_processor"].is_object(), "{} is {}, and an object is expected.",
                    place, shown_json(json["image_processor"]));
      return {json["image_processor"], place};
    }
  }
  require_model(fs::is_regular_file(older),
                "The model folder '{}' holds no preprocessor_config.json, and no "
                "processor_config.json with an image_processor.",
                folder.string());
  return {read_json(older), fmt::format("'{}'", older.string())};
}

/// Where `eos_token_id` may stand, the first that has it wins.
std::vector<std::pair<Json, std::string>> eos_places(const fs::path& folder) {
  std::vector<std::pair<Json, std::string>> places;
  for (const char* name : {"generation_config.json", "config.json"}) {
    const fs::path path = folder / name;
    if (!fs::is_regular_file(path)) continue;
    const Json json = read_json(path);
    places.emplace_back(json, fmt::format("'{}'", path.string()));
    if (json.contains("text_config") && json["text_config"].is_object())
      places.emplace_back(json["text_config"], fmt::format("'{}': text_config", path.string()));
  }
  return places;
}

}  // namespace

PatchOptions read_patch_options(const fs::path& folder, const VisionConfig& vision) {
  const auto [json, file] = find_settings(folder);
  PatchOptions options;
  check_steps(json, file);
  options.patch = static_cast<int>(count_or(json, "patch_size", 14, file));
  options.merge = static_cast<int>(count_or(json, "merge_size", 2, file));
  options.temporal = static_cast<int>(count_or(json, "temporal_patch_size", 2, file));
  require_model(
      options.patch == vision.patch && options.merge == vision.merge &&
          options.temporal == vision.temporal_patch,
      "{} cuts patches of {} pixels, merged by {}, {} frames; config.json asks for {}, {}, {}.",
      file, options.patch, options.merge, options.temporal, vision.patch, vision.merge,
      vision.temporal_patch);
  read_bounds(json, options, file);
  if (json.contains("rescale_factor")) {
    require_model(json["rescale_factor"].is_number(),
                  "{}: rescale_factor is {}, and a number is expected.", file,
                  shown_json(json["rescale_factor"]));
    options.rescale = json["rescale_factor"].get<double>();
  }
  read_channels(json, "image_mean", options.mean, file);
  read_channels(json, "image_std", options.std, file);
  for (const float deviation : options.std) {
    require_model(deviation > 0, "{}: image_std holds {}, and positive numbers are expected.", file,
                  deviation);
  }
  return options;
}

std::vector<std::int64_t> read_eos_tokens(const fs::path& folder, const Tokenizer& tokenizer) {
  for (const auto& [json, file] : eos_places(folder)) {
    if (!json.contains("eos_token_id") || json["eos_token_id"].is_null()) continue;
    const Json ids = json["eos_token_id"].is_array() ? json["eos_token_id"]
                                                     : Json::array({json["eos_token_id"]});
    std::vector<std::int64_t> tokens;
    for (const Json& id : ids) {
      require_model(id.is_number_unsigned() &&
                        id.get<std::uint64_t>() < static_cast<std::uint64_t>(tokenizer.size()),
                    "{}: eos_token_id holds {}, and ids below {} are expected.", file,
                    shown_json(id), tokenizer.size());
      tokens.push_back(id.get<std::int64_t>());
    }
    require_model(!tokens.empty(), "{}: eos_token_id is an empty list.", file);
    return tokens;
  }
  return {tokenizer.id_of("<|im_end|>"), tokenizer.id_of("<|endoftext|>")};
}

void check_tokenizer_config(const fs::path& folder, const Tokenizer& tokenizer) {
  const fs::path path = folder / "tokenizer_config.json";
  if (!fs::is_regular_file(path)) return;
  const Json json = read_json(path);
  for (const char* key :
       {"add_prefix_space", "split_special_tokens", "add_bos_token", "add_eos_token"}) {
    require_model(!json.contains(key) || json[key].is_null() || json[key] == false,
                  "'{}': {} is {}, and Juror tokenises as if it were false.", path.string(), key,
                  shown_json(json.value(key, Json())));
  }
  require_model(!json.contains("image_token") || json["image_token"] == "<|image_pad|>",
                "'{}': image_token is {}, and Juror knows <|image_pad|> only.", path.string(),
                shown_json(json.value("image_token", Json())));
  const Json added = json.value("added_tokens_decoder", Json::object());
  require_model(added.is_object(), "'{}': added_tokens_decoder is {}, and an object is expected.",
                path.string(), shown_json(added));
  for (const auto& [id, token] : added.items()) {
    const bool has_content =
        token.is_object() && token.contains("content") && token["content"].is_string();
    require_model(has_content, "'{}': added_tokens_decoder.{}: the text 'content' is missing.",
                  path.string(), id);
    const auto known = tokenizer.find(token["content"].get<std::string>());
    require_model(known && std::to_string(*known) == id,
                  "'{}': added_tokens_decoder gives {} the id {}, and tokenizer.json {}.",
                  path.string(), token["content"].dump(), id,
                  known ? std::to_string(*known) : std::string("does not hold it"));
  }
}

}  // namespace juror
