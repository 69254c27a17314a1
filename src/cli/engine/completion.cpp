// juror completion: scripts for shells. Stands with the engine because it lists the options of all
// commands; the script itself starts nothing.
#include <algorithm>

#include "base/error.h"
#include "cli/engine/commands.h"

namespace juror {
namespace {

struct CompletionOptions {
  std::string shell;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("SHELL", shell, "bash, zsh or fish");
  }
  template <class Field>
  void fields(Field&&) {}
};

/// `text` between single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return safe + "'";
}

std::string flag_of(const Option& option) {
  const bool is_on = option.type() == OptionType::kBoolean && option.toml() == "true";
  return is_on ? "--no-" + option.flag().substr(2) : option.flag();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string flags_of(const std::vector<Option>& options) {
  std::vector<std::string> flags;
  for (const Option& option : options) flags.push_back(flag_of(option));
  return joined(flags);
}

/// "train sft" and "train grpo" under "train"; "rank" alone under "rank".
using Verbs = std::vector<std::pair<std::string, std::vector<const Command*>>>;

Verbs by_first_word(const std::vector<Command>& commands) {
  Verbs verbs;
  for (const Command& command : commands) {
    const std::string first = command.text.name.substr(0, command.text.name.find(' '));
    auto place = std::find_if(verbs.begin(), verbs.end(),
                              [&](const auto& verb) { return verb.first == first; });
    if (place == verbs.end()) place = verbs.insert(verbs.end(), {first, {}});
    place->second.push_back(&command);
  }
  return verbs;
}

std::string second_word(const Command& command) {
  const std::size_t space = command.text.name.find(' ');
  return space == std::string::npos ? "" : command.text.name.substr(space + 1);
}

/// Options that take one of a few words, each flag once.
std::vector<const Option*> options_of_words(const Context& context) {
  std::vector<const Option*> list;
  const auto add = [&](const Option& option) {
    const bool seen = std::any_of(list.begin(), list.end(),
                                  [&](auto* other) { return other->name == option.name; });
    if (!option.words.empty() && !seen) list.push_back(&option);
  };
  for (const Option& option : context.global_options) add(option);
  for (const Command& command : context.commands) {
    for (const Option& option : command.options) add(option);
  }
  return list;
}

/// The branches of `case "$one"`: words that may follow, or the flags of the verb.
std::string bash_verbs(const Context& context) {
  const Verbs verbs = by_first_word(context.commands);
  std::vector<std::string> firsts;
  std::string branches;
  for (const auto& [first, commands] : verbs) {
    firsts.push_back(first);
    std::vector<std::string> seconds;
    std::string inner;
    for (const Command* command : commands) {
      const std::string second = second_word(*command), flags = quoted(flags_of(command->options));
      if (second.empty()) branches += fmt::format("    {}) flags={} ;;\n", first, flags);
      if (second.empty()) continue;
      seconds.push_back(second);
      inner += fmt::format(" {}) flags={} ;;", second, flags);
    }
    if (seconds.empty()) continue;
    branches += fmt::format("    {}) case \"$two\" in '') words={} ;;{} esac ;;\n", first,
                            quoted(joined(seconds)), inner);
  }
  return fmt::format("    '') words={} ;;\n", quoted(joined(firsts))) + branches;
}

std::string bash_script(const Context& context) {
  std::string values;
  for (const Option* option : options_of_words(context)) {
    values += fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$word\")); return ;;\n",
                          option->flag(), quoted(joined(option->words)));
  }
  return R"(# completion of juror for bash: source <(juror completion bash)
_juror() {
  local word="${COMP_WORDS[COMP_CWORD]}" one="" two="" flags="" words="" i
  case "${COMP_WORDS[COMP_CWORD-1]}" in
)" + values +
         R"(  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      -*) ;;
      *) if [ -z "$one" ]; then one="${COMP_WORDS[i]}"; elif [ -z "$two" ]; then two="${COMP_WORDS[i]}"; fi ;;
    esac
  done
  case "$one" in
)" + bash_verbs(context) +
         R"(  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags )" +
         flags_of(context.global_options) + R"( --help --version" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o default -F _juror juror
)";
}

/// zsh runs bash's completion functions by a module of its own.
std::string zsh_script(const Context& context) {
  return "# completion of juror for zsh: source <(juror completion zsh), after compinit\nautoload "
         "-Uz bashcompinit && "
         "bashcompinit\n" +
         bash_script(context);
}

std::string fish_option(const std::string& condition, const Option& option) {
  std::string line = fmt::format("complete -c juror -n {} -l {} -d {}", quoted(condition),
                                 flag_of(option).substr(2), quoted(option.help));
  if (!option.words.empty())
    line += " -xa " + quoted(joined(option.words));
  else if (option.type() != OptionType::kBoolean)
    line += " -r";
  return line + "\n";
}

std::string fish_script(const Context& context) {
  std::string text = "# completion of juror for fish: juror completion fish | source\n";
  for (const Option& option : context.global_options) text += fish_option("true", option);
  for (const auto& [first, commands] : by_first_word(context.commands)) {
    const bool two = !second_word(*commands.front()).empty();
    text += fmt::format("complete -c juror -n __fish_use_subcommand -xa {} -d {}\n", quoted(first),
                        quoted(two ? "" : commands.front()->text.summary));
    std::vector<std::string> seconds;
    for (const Command* command : commands) seconds.push_back(second_word(*command));
    const std::string in_first = "__fish_seen_subcommand_from " + first;
    for (const Command* command : commands) {
      const std::string second = second_word(*command);
      if (two) {
        text += fmt::format(
            "complete -c juror -n {} -xa {} -d {}\n",
            quoted(in_first + "; and not __fish_seen_subcommand_from " + joined(seconds)), second,
            quoted(command->text.summary));
      }
      const std::string condition =
          two ? in_first + "; and __fish_seen_subcommand_from " + second : in_first;
      for (const Option& option : command->options) text += fish_option(condition, option);
    }
  }
  return text;
}

int completion(CompletionOptions& options, Context& context) {
  const std::vector<std::pair<std::string, std::string (*)(const Context&)>> shells = {
      {"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
  std::vector<std::string> names;
  for (const auto& [name, script] : shells) {
    if (name == options.shell) return context.out.print(script(context)), kExitOk;
    names.push_back(name);
  }
  throw Error(fmt::format("There is no completion for '{}', only for bash, zsh and fish.{}",
                          options.shell, did_you_mean(options.shell, names)));
}

}  // namespace

Command completion_command() {
  return make_command<CompletionOptions>(
      {.name = "completion",
       .summary = "Print the completion script of a shell",
       .examples = {{"source <(juror completion bash)",
                     "for this shell; add it to ~/.bashrc for all"},
                    {"source <(juror completion zsh)", "likewise in ~/.zshrc, after compinit"},
                    {"juror completion fish > ~/.config/fish/completions/juror.fish", "for all"}},
       .formats = {}},
      completion);
}

}  // namespace juror
