#include "cli/sources.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/option_file.h"
#include "cli/arguments.h"

extern char** environ;

namespace juror {
namespace {

Option* find_option(std::vector<Option>& options, const std::string& name) {
  const auto found =
      std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
  return found == options.end() ? nullptr : &*found;
}
bool has_option(const std::vector<Option>& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(),
                     [&](const Option& o) { return o.name == name; });
}

/// "train sft" → "train.sft."
std::string table_prefix(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '.');
  return name + ".";
}

/// The command in whose table `key` stands, or null. An option of the command that runs comes
/// first: `synth.camera` is one of `train sft`, and [synth] the table of `juror synth` too.
const Command* table_owner(const OptionScope& scope, const std::string& key) {
  if (has_option(scope.own, key)) return nullptr;
  for (const Command& command : scope.all) {
    if (key.starts_with(table_prefix(command.text.name))) return &command;
  }
  return nullptr;
}

std::vector<std::string> split_text(const Option& option, const std::string& text) {
  return option.is_list() ? split_at_commas(text) : std::vector{text};
}

void set_from_environment(std::vector<Option>& options) {
  for (Option& option : options) {
    const char* text = std::getenv(option.variable().c_str());
    if (text != nullptr)
      option.set(split_text(option, text), {Source::kEnvironment, option.variable()});
  }
}

std::string unknown_key(const OptionScope& scope, const TomlEntry& entry, const Command* owner) {
  const std::string prefix = owner == nullptr ? "" : table_prefix(owner->text.name);
  std::vector<std::string> known;
  for (const Option& option : scope.global) known.push_back(prefix + option.name);
  for (const Command& command : scope.all) {
    if (owner != nullptr && &command != owner) continue;
    for (const Option& option : command.options) known.push_back(prefix + option.name);
    if (owner == nullptr)
      known.push_back(table_prefix(command.text.name).substr(0, command.text.name.size()));
  }
  return fmt::format("{}: there is no option '{}'.{}", entry.place(), entry.key,
                     did_you_mean(entry.key, known));
}

/// Whether some command, or the program itself, knows this key; commands known by name only are
/// believed in their table.
bool is_known(const OptionScope& scope, const std::string& key, const Command* owner) {
  if (owner != nullptr) {
    const std::string name = key.substr(table_prefix(owner->text.name).size());
    if (!owner->run || has_option(owner->options, name) || has_option(scope.global, name))
      return true;
  }
  return has_option(scope.global, key) ||
         std::any_of(scope.all.begin(), scope.all.end(),
                     [&](const Command& c) { return has_option(c.options, key); });
}

}  // namespace

void apply_environment(const OptionScope& scope) {
  set_from_environment(scope.global);
  set_from_environment(scope.own);
}

std::vector<std::string> doubtful_variables(const OptionScope& scope) {
  std::vector<std::string> known = {"JUROR_MINI", "JUROR_JOBS", "JUROR_LIBTORCH",
                                    "JUROR_SKIP_PACKAGES", "JUROR_KEEP_PACKAGES"};
  for (const Option& option : scope.global) known.push_back(option.variable());
  for (const Command& command : scope.all) {
    for (const Option& option : command.options) known.push_back(option.variable());
  }
  std::vector<std::string> sentences;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry, name = text.substr(0, text.find('='));
    if (!name.starts_with("JUROR_") || std::find(known.begin(), known.end(), name) != known.end())
      continue;
    sentences.push_back(
        fmt::format("The variable {} means nothing to Juror.{}", name, did_you_mean(name, known)));
  }
  return sentences;
}

std::string apply_file(const OptionScope& scope, const std::filesystem::path& path, Source source) {
  const std::vector<TomlEntry> entries = read_toml(path);
  const std::string own = table_prefix(scope.command);
  for (const bool in_table : {false, true}) {  // the command's own table last: it counts more
    for (const TomlEntry& entry : entries) {
      const Command* owner = table_owner(scope, entry.key);
      if (!is_known(scope, entry.key, owner)) return unknown_key(scope, entry, owner);
      if (in_table != entry.key.starts_with(own) || (owner != nullptr && !in_table)) continue;
      const std::string name = in_table ? entry.key.substr(own.size()) : entry.key;
      require(name != "config",
              "{}: 'config' names a file by flag or variable only, not inside a file.",
              entry.place());
      Option* option = find_option(scope.own, name);
      if (option == nullptr) option = find_option(scope.global, name);
      if (option != nullptr) set_from_toml(*option, entry, source);
    }
  }
  return "";
}

std::string apply_sources(const OptionScope& scope) {
  apply_environment(scope);
  const Option* config = find_option(scope.global, "config");
  const std::string file = config == nullptr ? "" : *std::get<std::string*>(config->member);
  std::string unknown;
  if (!file.empty()) unknown = apply_file(scope, file, Source::kConfigFile);
  std::error_code ignored;
  const bool has_local = std::filesystem::is_regular_file("juror.toml", ignored);
  if (unknown.empty() && has_local) unknown = apply_file(scope, "juror.toml", Source::kLocalFile);
  return unknown;
}

}  // namespace juror
