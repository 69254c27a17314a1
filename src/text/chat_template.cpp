// The chat template of a model folder: found, recognised, and written for folders of our own.
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "text/chat.h"
#include "text/json_view.h"

namespace juror {
namespace {

constexpr std::string_view kDefaultSystem = "You are a helpful assistant.";

/// `chat_template` of a JSON file; empty if the file or the key is missing. Some files hold a list
/// of named templates: then the one named "default".
std::string template_in_json(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return "";
  const nlohmann::json parsed = parse_json(read_file(path), path.string());
  const auto value = JsonView(parsed, path.string()).find("chat_template");
  if (!value) return "";
  if (!value->raw().is_array()) return value->text();
  for (const JsonView& named : value->elements()) {
    if (named.at("name").text() == "default") return named.at("template").text();
  }
  return "";
}

}  // namespace

std::string load_chat_template(const std::filesystem::path& folder) {
  const std::filesystem::path jinja = folder / "chat_template.jinja";
  if (std::filesystem::exists(jinja)) return read_file(jinja);
  for (const char* file : {"chat_template.json", "tokenizer_config.json"}) {
    std::string text = template_in_json(folder / file);
    if (!text.empty()) return text;
  }
  return "";
}

ChatOptions chat_options_for(const std::string& chat_template, const std::string& source) {
  constexpr std::array<std::string_view, 5> kMarkers = {
      "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|image_pad|>", "<|vision_end|>"};
  ChatOptions options;
  if (chat_template.empty()) return options;
  for (const std::string_view marker : kMarkers) {
    require_model(chat_template.find(marker) != std::string::npos,
                  "the chat template of {} does not contain {}: only the chat format of Qwen2-VL, "
                  "Qwen2.5-VL and "
                  "Qwen3-VL is rendered",
                  source, marker);
  }
  if (chat_template.find(kDefaultSystem) == std::string::npos) options.default_system.clear();
  return options;
}

std::string qwen_vl_chat_template() {
  return R"({%- set pictures = namespace(count=0) -%}
{%- for message in messages -%}
{%- if loop.first and message.role != 'system' -%}
{{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' -}}
{%- endif -%}
{{- '<|im_start|>' + message.role + '\n' -}}
{%- if message.content is string -%}
{{- message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}
{%- set pictures.count = pictures.count + 1 -%}
{%- if add_vision_id -%}{{- 'Picture ' ~ pictures.count ~ ': ' -}}{%- endif -%}
{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif 'text' in part -%}
{{- part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}
)";
}

}  // namespace juror
