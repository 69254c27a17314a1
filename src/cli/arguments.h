// The words of a command line: verb, flags, positional values. By hand rather than by CLI11: the
// options already stand in lists of their own (base/option_text.h) that know types, ranges and
// origins; what is left is `--name value`,
// `--name=value`, `--flag`, `--no-flag`, four short flags and suggestions, and that is shorter than
// an adapter.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace juror {

/// Where the verb is in `words`, and how many words it has. `command` is null when only global
/// flags were given.
struct Verb {
  const Command* command = nullptr;
  std::size_t at = 0;
  std::size_t words = 0;
};

/// Finds the verb behind any global flags. Throws Error with a suggestion: no such verb, or half of
/// a two-word verb.
Verb find_verb(const std::vector<std::string>& words, const std::vector<Command>& commands,
               const std::vector<Option>& global_options);

/// Whether --help, -h or --version stands among the words before a "--".
bool asks_for(const std::vector<std::string>& words, const std::string& flag,
              const std::string& short_flag);

/// Sets options (origin kFlag) and arguments from the words that follow the verb. `name` is the
/// program and verb for errors. Throws Error: unknown flag (with a suggestion), flag without its
/// value, too few or too many values.
void read_words(const std::vector<std::string>& words, const std::string& name,
                std::vector<Option*> options, const std::vector<Argument>& arguments);

/// "a,b" as {"a", "b"}: the values of a list on the command line or in the environment; "" as none.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace juror
