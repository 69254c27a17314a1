#include "text/chat_template.h"

#include <ctime>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "text/json_view.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Templates by name, and what errors call each.
using Named = std::map<std::string, std::pair<std::string, std::string>>;

/// `chat_template` of a JSON file: one text, an object of named ones, or a list of them.
Named templates_in_json(const fs::path& path) {
  Named found;
  if (!fs::is_regular_file(path)) return found;
  const nlohmann::json parsed = parse_json(read_file(path), path.string());
  const auto value = JsonView(parsed, path.string()).find("chat_template");
  if (!value) return found;
  if (value->raw().is_object()) {
    for (const auto& [name, text] : value->raw().items())
      found[name] = {value->at(name).text(), fmt::format("{} ({})", value->where(), name)};
  } else if (value->raw().is_array()) {
    for (const JsonView& entry : value->elements()) {
      const std::string& name = entry.at("name").text();
      found[name] = {entry.at("template").text(), fmt::format("{} ({})", value->where(), name)};
    }
  } else {
    found["default"] = {value->text(), value->where()};
  }
  return found;
}

/// chat_template.jinja is the default; additional_chat_templates/NAME.jinja are others.
Named templates_in_jinja(const fs::path& folder) {
  Named found;
  const fs::path more = folder / "additional_chat_templates", one = folder / "chat_template.jinja";
  if (fs::is_directory(more)) {
    for (const auto& entry : fs::directory_iterator(more)) {
      if (entry.path().extension() == ".jinja")
        found[entry.path().stem().string()] = {read_file(entry.path()), entry.path().string()};
    }
  }
  if (fs::is_regular_file(one)) found["default"] = {read_file(one), one.string()};
  return found;
}

Named find_templates(const fs::path& folder) {
  if (Named found = templates_in_json(folder / "processor_config.json"); !found.empty())
    return found;
  const Named old = templates_in_json(folder / "chat_template.json");
  const Named jinja = templates_in_jinja(folder);
  if (old.empty())
    return jinja.empty() ? templates_in_json(folder / "tokenizer_config.json") : jinja;
  require_model(!fs::is_directory(folder / "additional_chat_templates"),
                "The model folder '{}' holds the older chat_template.json and "
                "additional_chat_templates/ as well, which transformers refuses too. Remove one.",
                folder.string());
  const auto newer = jinja.find("default");
  if (newer != jinja.end() && newer->second.first != old.at("default").first) {
    log_warning(
        fmt::format("'{}': chat_template.json and chat_template.jinja differ. "
                    "chat_template.json is rendered, as transformers does; remove the one "
                    "that is out of date.",
                    folder.string()));
  }
  return old;
}

/// A special token as configs write it: a text, or an object with its content.
std::string token_text(const JsonView& value) {
  return value.raw().is_object() ? value.at("content").text() : value.text();
}

/// The named special tokens of tokenizer_config.json; of special_tokens_map.json where the former
/// does not list added tokens (an older layout).
ChatTemplate::Tokens read_tokens(const fs::path& folder) {
  std::map<std::string, std::string> tokens;
  const auto read = [&](const char* file) {
    const fs::path path = folder / file;
    if (!fs::is_regular_file(path)) return false;
    const nlohmann::json parsed = parse_json(read_file(path), path.string());
    const JsonView view(parsed, path.string());
    for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                             "cls_token", "mask_token"}) {
      if (const auto token = view.find(name)) tokens[name] = token_text(*token);
    }
    return view.find("added_tokens_decoder").has_value();
  };
  if (!read("tokenizer_config.json")) read("special_tokens_map.json");
  return {tokens.begin(), tokens.end()};
}

}  // namespace

ChatTemplate ChatTemplate::parse(const std::string& source, const std::string& name,
                                 Tokens tokens) {
  return {jinja::Template::parse(source, name), std::move(tokens)};
}

ChatTemplate ChatTemplate::load(const fs::path& folder) {
  const Named found = find_templates(folder);
  require_model(!found.empty(),
                "The model folder '{}' holds no chat template (chat_template.jinja, "
                "chat_template.json, or the key chat_template of tokenizer_config.json). Copy it "
                "from the folder that this model was made of.",
                folder.string());
  const auto chosen = found.find("default");
  if (chosen == found.end()) {
    std::string names;
    for (const auto& [name, text] : found) names += (names.empty() ? "" : ", ") + name;
    throw Error(fmt::format("The model folder '{}' holds the chat templates {} and none named "
                            "default. Save the one to use as chat_template.jinja.",
                            folder.string(), names),
                ErrorKind::kModel);
  }
  return parse(chosen->second.first, chosen->second.second, read_tokens(folder));
}

jinja::MarkedText ChatTemplate::render(
    std::vector<std::pair<std::string, jinja::Value>> variables) const {
  jinja::Context context{.variables = {}, .now = std::time(nullptr)};
  for (const auto& [name, text] : tokens_)
    context.variables.emplace_back(name, jinja::text_value(text));
  for (auto& variable : variables) context.variables.push_back(std::move(variable));
  return template_.render(context);
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
