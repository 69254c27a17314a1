// TOML by toml++, flattened. The only file that includes it.
#include "base/option_file.h"

#include <algorithm>
#include <charconv>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

std::string place_of(const std::string& file, const toml::source_position& at) {
  return fmt::format("{}:{}:{}", file, at.line, at.column);
}

std::string shortest(double value) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// Type and text of a single value; false for what no option takes.
bool read_scalar(const toml::node& node, OptionType& type, std::string& text) {
  if (const auto* boolean = node.as_boolean()) {
    type = OptionType::kBoolean;
    text = boolean->get() ? "true" : "false";
  } else if (const auto* integer = node.as_integer()) {
    type = OptionType::kInteger;
    text = std::to_string(integer->get());
  } else if (const auto* number = node.as_floating_point()) {
    type = OptionType::kNumber;
    text = shortest(number->get());
  } else if (const auto* string = node.as_string()) {
    type = OptionType::kText;
    text = string->get();
  } else {
    return false;
  }
  return true;
}

/// Whole numbers among numbers are numbers; anything else must agree.
bool join_type(OptionType& list, OptionType element) {
  const auto is_number = [](OptionType type) {
    return type == OptionType::kInteger || type == OptionType::kNumber;
  };
  if (list == element) return true;
  if (!is_number(list) || !is_number(element)) return false;
  list = OptionType::kNumber;
  return true;
}

void read_list(const toml::array& list, TomlEntry& entry) {
  entry.is_list = true;
  for (const toml::node& node : list) {
    OptionType type{};
    std::string text;
    const bool known = read_scalar(node, type, text);
    if (known && entry.texts.empty()) entry.type = type;
    require(known && join_type(entry.type, type),
            "{}: an element of '{}' is not of the kind of the others. A list holds texts alone or "
            "numbers alone.",
            place_of(entry.file, node.source().begin), entry.key);
    entry.texts.push_back(text);
  }
}

void flatten(const toml::table& table, const std::string& prefix, const std::string& file,
             std::vector<TomlEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, name + ".", file, entries);
      continue;
    }
    TomlEntry entry{.key = name,
                    .file = file,
                    .line = key.source().begin.line,
                    .column = key.source().begin.column};
    if (const auto* list = node.as_array()) {
      read_list(*list, entry);
    } else {
      const bool known = read_scalar(node, entry.type, entry.texts.emplace_back());
      require(known, "{}: '{}' is a date or time, which no option takes.", entry.place(), name);
    }
    entries.push_back(std::move(entry));
  }
}

std::string kind_text(const TomlEntry& entry) {
  constexpr const char* kOne[] = {"true or false", "a whole number", "a number", "text in quotes"};
  constexpr const char* kMany[] = {"booleans", "whole numbers", "numbers", "texts"};
  const auto type = static_cast<std::size_t>(entry.type);
  return entry.is_list ? fmt::format("a list of {}", kMany[type]) : kOne[type];
}

}  // namespace

std::string TomlEntry::place() const { return fmt::format("{}:{}:{}", file, line, column); }

std::vector<TomlEntry> parse_toml(std::string_view text, const std::string& file) {
  std::vector<TomlEntry> entries;
  try {
    flatten(toml::parse(text, file), "", file, entries);
  } catch (const toml::parse_error& fault) {
    throw Error(fmt::format("{}: this is not TOML: {}.", place_of(file, fault.source().begin),
                            fault.description()));
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const TomlEntry& a, const TomlEntry& b) { return a.line < b.line; });
  return entries;
}

std::vector<TomlEntry> read_toml(const std::filesystem::path& path) {
  return parse_toml(read_file(path), path.string());
}

void set_from_toml(Option& option, const TomlEntry& entry, Source source) {
  const bool widened = option.type() == OptionType::kNumber && entry.type == OptionType::kInteger;
  const bool same =
      entry.type == option.type() || widened || (entry.is_list && entry.texts.empty());
  require(same && entry.is_list == option.is_list(), "{}: '{}' is {}, and {}{} is expected.",
          entry.place(), entry.key, kind_text(entry), option.is_list() ? "a list, each " : "",
          option.expected());
  option.set(entry.texts, {source, entry.place()});
}

void load_options(std::vector<Option>& options, const std::filesystem::path& path, Source source) {
  set_options(options, read_toml(path), source);
}

void set_options(std::vector<Option>& options, const std::vector<TomlEntry>& entries,
                 Source source) {
  std::vector<std::string> names;
  for (const Option& option : options) names.push_back(option.name);
  for (const TomlEntry& entry : entries) {
    const auto known = std::find(names.begin(), names.end(), entry.key);
    require(known != names.end(), "{}: there is no option '{}'.{}", entry.place(), entry.key,
            did_you_mean(entry.key, names));
    set_from_toml(options[static_cast<std::size_t>(known - names.begin())], entry, source);
  }
}

}  // namespace juror
