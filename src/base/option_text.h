// Options as text: the fields of an options struct as a list that can be set from words, printed as
// TOML and asked where each value came from. Reads no files and knows no flags (see option_file.h
// and cli/arguments.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/options.h"

namespace juror {

/// Where a value may come from, weakest first: a later source never gives way to an earlier one.
enum class Source { kDefault, kLocalFile, kConfigFile, kEnvironment, kFlag };

struct Origin {
  Source source = Source::kDefault;
  std::string where = "default";  ///< shown to people: "juror.toml:3", "JUROR_SEED", "--seed"
};

/// What a value is written as. A list is said apart from it.
enum class OptionType { kBoolean, kInteger, kNumber, kText };

/// One field of an options struct, bound to its member: the struct must outlive it and stay where
/// it is.
struct Option {
  using Member =
      std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::string>*,
                   std::vector<std::int64_t>*, std::vector<double>*>;
  std::string name;  ///< as in TOML: "max_new_tokens", "sampling.temperature"
  std::string help;
  Member member;
  Range range = {};                     ///< of numbers; infinite where none was given
  bool zero_too = false;                ///< 0 is allowed besides the range
  std::vector<std::string> words = {};  ///< those a text may be; empty: any
  Origin origin = {};

  OptionType type() const;
  bool is_list() const;
  std::string flag() const;      ///< "--max-new-tokens"
  std::string variable() const;  ///< "JUROR_MAX_NEW_TOKENS"
  std::string expected() const;  ///< "a whole number from 1 to 64"

  /// Sets the member from text: one word for a scalar, any number for a list. Does nothing when the
  /// value at hand came from a stronger source. Throws Error: where, the option, the text met, what
  /// is expected, a suggestion.
  void set(const std::vector<std::string>& texts, const Origin& from);

  std::string toml() const;  ///< the value as TOML: 0.5, "text", [1, 2]
};

namespace option_text {
inline void rule(Option&) {}
inline void rule(Option& option, const Range& range) { option.range = range; }
inline void rule(Option& option, const ZeroOr& range) {
  option.range = {range.low, range.high};
  option.zero_too = true;
}
inline void rule(Option& option, const OneOf& one_of) { option.words = one_of.words; }
}  // namespace option_text

/// The fields of `options`, bound to it, in the order they are listed.
template <class Options>
std::vector<Option> list_options(Options& options) {
  std::vector<Option> list;
  options.fields(
      [&](const std::string& name, auto& member, const std::string& help, const auto&... rule) {
        Option option{.name = name, .help = help, .member = &member};
        option_text::rule(option, rule...);
        list.push_back(std::move(option));
      });
  return list;
}

/// The options as a TOML document, tables by prefix; `with_origin` adds a comment with each value's
/// origin.
std::string to_toml(const std::vector<Option>& options, bool with_origin = false);

/// `options` of a struct as TOML, e.g. for the config.toml of a run folder.
template <class Options>
std::string options_toml(Options options) {
  return to_toml(list_options(options));
}

/// The candidate that was probably meant by `word`, or "" when none is near (edit distance with
/// swaps).
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

/// " Did you mean 'X'?", or "" when `suggest` finds none; to be put at the end of an error.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace juror
