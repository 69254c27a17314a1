#include "model/lora_config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/parse_json.h"
#include "base/shown_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// Keys that are read below, and keys that say nothing about what a trained adapter computes.
const std::set<std::string> kKnownKeys = {"peft_type",
                                          "base_model_name_or_path",
                                          "revision",
                                          "r",
                                          "lora_alpha",
                                          "use_rslora",
                                          "target_modules",
                                          "exclude_modules",
                                          "layers_to_transform",
                                          "layers_pattern",
                                          "bias",
                                          "init_lora_weights",
                                          "task_type",
                                          "inference_mode",
                                          "auto_mapping",
                                          "peft_version",
                                          "lora_dropout",
                                          "qalora_group_size",
                                          "megatron_core",
                                          "megatron_config",
                                          "loftq_config",
                                          "eva_config",
                                          "runtime_config"};

bool is_nothing(const Json& value) {
  const bool is_empty = (value.is_structured() || value.is_string()) && value.empty();
  return value.is_null() || value == false || is_empty;
}

/// One object with errors that name file and key. Does not own it.
class Reader {
 public:
  Reader(const Json& json, const std::string& file) : json_(json), file_(file) {}

  Json get(const char* key) const { return json_.contains(key) ? json_[key] : Json(nullptr); }
  bool has(const char* key) const { return !is_nothing(get(key)); }
  void expect(const char* key, bool is_expected, const char* expected) const {
    require_model(is_expected, "'{}': {} is {}, and {} is expected.", file_, key,
                  shown_json(get(key)), expected);
  }
  std::string text(const char* key) const {
    expect(key, get(key).is_null() || get(key).is_string(), "a text");
    return get(key).is_null() ? "" : get(key).get<std::string>();
  }

 private:
  const Json& json_;
  const std::string& file_;
};

/// Refuses every variant of LoRA but the plain one: what is asked for and unknown would be computed
/// wrongly.
void check_variant(const Json& json, const std::string& file) {
  const Reader reader(json, file);
  reader.expect("peft_type", reader.get("peft_type") == "LORA", "\"LORA\"");
  for (const auto& [key, value] : json.items()) {
    require_model(kKnownKeys.contains(key) || is_nothing(value),
                  "'{}': {} is {}, and Juror knows plain LoRA, without it.", file, key,
                  shown_json(value));
  }
  reader.expect("bias", !reader.has("bias") || reader.get("bias") == "none",
                "\"none\" (Juror trains no biases)");
  const Json initial = reader.get("init_lora_weights");
  const bool keeps_base = initial.is_null() || initial.is_boolean() || initial == "gaussian" ||
                          initial == "orthogonal" || initial == "eva";
  reader.expect("init_lora_weights", keeps_base,
                "true (others change the base model: convert the adapter first)");
}

}  // namespace

LoraConfig parse_lora_config(const std::string& text, const std::string& file) {
  const Json json = json_or_discarded<Json>(text);
  require_model(json.is_object(), "'{}' is not a JSON object.", file);
  check_variant(json, file);
  const Reader reader(json, file);
  const Json rank = reader.get("r"), alpha = reader.get("lora_alpha"),
             targets = reader.get("target_modules");
  reader.expect("r", rank.is_number_unsigned() && rank > 0 && rank <= (1 << 20),
                "a positive integer");
  reader.expect("lora_alpha", alpha.is_number(), "a number");
  reader.expect("use_rslora", !reader.has("use_rslora") || reader.get("use_rslora") == true,
                "true or false");
  reader.expect("target_modules", targets.is_array() || targets.is_string(),
                "a list of names or a pattern");

  LoraConfig config;
  config.options = {.r = rank,
                    .lora_alpha = alpha,
                    .target_modules = {},
                    .exclude_modules = "",
                    .use_rslora = reader.has("use_rslora")};
  for (const Json& target : targets.is_array() ? targets : Json::array()) {
    reader.expect("target_modules", target.is_string(), "a list of names");
    config.options.target_modules.push_back(target);
  }
  config.base = reader.text("base_model_name_or_path");
  if (reader.has("revision")) config.base.append("@").append(reader.text("revision"));
  config.names_all_layers =
      targets.is_array() && !reader.has("exclude_modules") && !reader.has("layers_to_transform");
  return config;
}

std::string lora_config_text(const LoraConfig& config, const std::vector<std::string>& layers) {
  const LoraOptions& options = config.options;
  const bool is_all = options.target_modules == std::vector<std::string>{"all-linear"};
  const bool is_whole =
      options.lora_alpha == std::floor(options.lora_alpha);  // PEFT's type is an integer
  const std::size_t revision =  // org/name@revision; a folder may have an @ in its name
      config.base.starts_with('/') ? std::string::npos : config.base.find('@');
  const Json json = {
      {"peft_type", "LORA"},
      {"task_type", "CAUSAL_LM"},
      {"base_model_name_or_path", config.base.substr(0, revision)},
      {"revision",
       revision == std::string::npos ? Json(nullptr) : Json(config.base.substr(revision + 1))},
      {"inference_mode", true},
      {"r", options.r},
      {"lora_alpha",
       is_whole ? Json(static_cast<std::int64_t>(options.lora_alpha)) : Json(options.lora_alpha)},
      {"lora_dropout", 0.0},
      {"use_rslora", options.use_rslora},
      {"target_modules", is_all ? layers : options.target_modules},
      {"exclude_modules",
       options.exclude_modules.empty() ? Json(nullptr) : Json(options.exclude_modules)},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"init_lora_weights", true},
      {"modules_to_save", nullptr}};
  return json.dump(2) + "\n";
}

}  // namespace juror
