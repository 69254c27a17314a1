// TOML files as a flat list of keys with their places. Says nothing about what a key means.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_text.h"

namespace juror {

/// One `key = value` of a file; `key` is dotted ("rank.votes"). A list has one text an element, a
/// scalar exactly one.
struct TomlEntry {
  std::string key;
  OptionType type = OptionType::kText;
  bool is_list = false;
  std::vector<std::string> texts = {};
  std::string file = {};
  std::size_t line = 0, column = 0;

  std::string place() const;  ///< "juror.toml:3:9"
};

/// Reads a TOML document. Throws Error with file, line and column: what is not TOML; dates, mixed
/// lists, lists of lists and tables in lists, which no option of ours takes.
std::vector<TomlEntry> parse_toml(std::string_view text, const std::string& file);
std::vector<TomlEntry> read_toml(const std::filesystem::path& path);

/// Sets `option` from `entry`; a number takes whole numbers too. Throws Error with file, line and
/// column.
void set_from_toml(Option& option, const TomlEntry& entry, Source source);

/// Sets a whole struct's options from a file in which every key must be one of them. Throws Error
/// with file, line and a suggestion for unknown keys.
void load_options(std::vector<Option>& options, const std::filesystem::path& path,
                  Source source = Source::kConfigFile);
/// The same from the entries of a document.
void set_options(std::vector<Option>& options, const std::vector<TomlEntry>& entries,
                 Source source = Source::kConfigFile);

}  // namespace juror
