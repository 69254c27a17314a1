#include "cli/arguments.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace juror {
namespace {

bool is_flag(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

/// The long form of a short flag, or the word itself with '_' as '-' in its name.
std::string long_form(const std::string& word) {
  static const std::map<std::string, std::string> kShort = {
      {"-o", "--output"}, {"-q", "--quiet"}, {"-v", "--verbose"}, {"-h", "--help"}};
  if (const auto found = kShort.find(word); found != kShort.end()) return found->second;
  std::string name = word.substr(0, word.find('='));
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// A flag as typed, and the option it means.
struct FlagUse {
  Option* option = nullptr;
  std::string text;  ///< the value, when `has_text`
  bool has_text = false;
};

/// `--name`, `--no-name` or `--name=value` among the options; no option when there is none of that
/// name.
FlagUse find_flag(const std::string& word, const std::vector<Option*>& options) {
  const std::string name = long_form(word);
  const std::size_t equals = word.find('=');
  for (Option* option : options) {
    if (option->flag() == name) {
      if (equals == std::string::npos) return {option, "", false};
      return {option, word.substr(equals + 1), true};
    }
    const bool boolean = option->type() == OptionType::kBoolean && equals == std::string::npos;
    if (boolean && name == "--no-" + option->flag().substr(2)) return {option, "false", true};
  }
  return {};
}

std::vector<std::string> flag_names(const std::vector<Option*>& options) {
  std::vector<std::string> names = {"--help", "--version"};
  for (const Option* option : options) {
    names.push_back(option->flag());
    if (option->type() == OptionType::kBoolean) names.push_back("--no-" + option->flag().substr(2));
  }
  return names;
}

[[noreturn]] void refuse_flag(const std::string& word, const std::string& name,
                              const std::vector<Option*>& options) {
  const std::string flag = word.substr(0, word.find('='));
  if (flag != word) {
    const FlagUse alone = find_flag(flag, options);
    require(alone.option == nullptr || alone.text != "false",
            "'{0}' is the whole flag, and takes no value. Write {0}, or {1}.", flag,
            alone.option == nullptr ? "" : alone.option->flag());
  }
  throw Error(fmt::format("'{}' has no flag '{}'.{} `{} --help` lists them.", name,
                          word.substr(0, word.find('=')),
                          did_you_mean(long_form(word), flag_names(options)), name));
}

/// Walks over the words; what is no flag goes to `values`.
class WordReader {
 public:
  WordReader(const std::vector<std::string>& words, const std::string& name,
             std::vector<Option*> options)
      : words_(words), name_(name), options_(std::move(options)) {}

  std::vector<std::string> read() {
    std::vector<std::string> values;
    for (; at_ < words_.size(); ++at_) {
      if (words_[at_] == "--") {
        values.insert(values.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                      words_.end());
        break;
      }
      if (is_flag(words_[at_])) {
        read_flag(words_[at_]);
      } else {
        values.push_back(words_[at_]);
      }
    }
    return values;
  }

 private:
  void read_flag(const std::string& word) {
    FlagUse use = find_flag(word, options_);
    if (use.option == nullptr) refuse_flag(word, name_, options_);
    Option& option = *use.option;
    if (!use.has_text)
      use.text = option.type() == OptionType::kBoolean ? "true" : next_value(word, option);
    std::vector<std::string> texts = {use.text};
    if (option.is_list()) {  // a flag that is repeated adds to the list
      texts = lists_[&option];
      for (const std::string& part : split_at_commas(use.text)) texts.push_back(part);
      lists_[&option] = texts;
    }
    option.set(texts, {Source::kFlag, option.flag()});
    if (option.type() == OptionType::kBoolean) require_same_answer(option);
  }

  /// Throws Error where `--name` and `--no-name` were both given.
  void require_same_answer(const Option& option) {
    const bool answer = *std::get<bool*>(option.member);
    const bool before = booleans_.emplace(&option, answer).first->second;
    require(answer == before, "{0} and --no-{1} exclude one another: choose one.", option.flag(),
            option.flag().substr(2));
  }

  /// The word after a flag. Another known flag there means that the value was forgotten.
  std::string next_value(const std::string& word, const Option& option) {
    const bool there = at_ + 1 < words_.size();
    const bool forgotten = there && words_[at_ + 1].starts_with("--") &&
                           find_flag(words_[at_ + 1], options_).option != nullptr;
    require(there && !forgotten, "'{}' needs a value: {}. For example: {} {}", word,
            option.expected(), word, option.words.empty() ? "VALUE" : option.words.front());
    return words_[++at_];
  }

  const std::vector<std::string>& words_;
  const std::string& name_;
  std::vector<Option*> options_;
  std::map<const Option*, std::vector<std::string>> lists_;
  std::map<const Option*, bool> booleans_;  // as the flags so far answer
  std::size_t at_ = 0;
};

std::string argument_names(const std::vector<Argument>& arguments) {
  std::string names;
  for (const Argument& argument : arguments) {
    const bool many = std::holds_alternative<std::vector<std::string>*>(argument.member);
    names += " " + argument.name + (many ? "…" : "");
  }
  return names;
}

void fill_arguments(const std::vector<std::string>& values, const std::string& name,
                    const std::vector<Argument>& arguments) {
  std::size_t at = 0;
  for (const Argument& argument : arguments) {
    const std::size_t left = values.size() - at;
    require(left >= argument.at_least,
            "{} is missing: {}. Usage: {}{}. `{} --help` shows examples.", argument.name,
            argument.help, name, argument_names(arguments), name);
    if (const auto* many = std::get_if<std::vector<std::string>*>(&argument.member)) {
      **many = {values.begin() + static_cast<std::ptrdiff_t>(at), values.end()};
      at = values.size();
    } else if (left > 0) {
      *std::get<std::string*>(argument.member) = values[at++];
    }
  }
  require(at == values.size(),
          "'{}' does not know what to do with '{}'. `{} --help` shows examples.", name,
          at < values.size() ? values[at] : "", name);
}

[[noreturn]] void refuse_verb(const std::vector<std::string>& words, std::size_t at,
                              const std::vector<Command>& commands) {
  const std::string& word = words[at];
  std::vector<std::string> seconds, firsts;
  for (const Command& command : commands) {
    const std::string& name = command.text.name;
    firsts.push_back(name.substr(0, name.find(' ')));
    if (name.starts_with(word + " ")) seconds.push_back(name.substr(word.size() + 1));
  }
  if (seconds.empty()) {
    throw Error(fmt::format("There is no command '{}'.{} `juror --help` lists them.", word,
                            did_you_mean(word, firsts)));
  }
  const std::string typed = at + 1 < words.size() && !is_flag(words[at + 1]) ? words[at + 1] : "";
  std::string known;
  for (const std::string& second : seconds)
    known += fmt::format("{}'{} {}'", known.empty() ? "" : ", ", word, second);
  throw Error(fmt::format("'juror {}' needs a second word: {}.{}", word, known,
                          did_you_mean(typed, seconds)));
}

}  // namespace

Verb find_verb(const std::vector<std::string>& words, const std::vector<Command>& commands,
               const std::vector<Option>& global_options) {
  std::vector<Option> copies = global_options;
  std::vector<Option*> options;
  for (Option& option : copies) options.push_back(&option);
  std::size_t at = 0;
  for (; at < words.size() && is_flag(words[at]); ++at) {
    const std::string name = long_form(words[at]);
    if (name == "--help" || name == "--version") continue;
    const FlagUse use = find_flag(words[at], options);
    if (use.option == nullptr) refuse_flag(words[at], "juror", options);
    if (!use.has_text && use.option->type() != OptionType::kBoolean) ++at;
  }
  if (at >= words.size()) return {};
  const std::string two = at + 1 < words.size() ? words[at] + " " + words[at + 1] : "";
  const auto named = [&](const std::string& name) {
    return std::find_if(commands.begin(), commands.end(),
                        [&](const Command& command) { return command.text.name == name; });
  };
  if (const auto found = named(two); found != commands.end())
    return {&*found, at, 2};  // before "eval", "eval synth"
  if (const auto found = named(words[at]); found != commands.end()) return {&*found, at, 1};
  refuse_verb(words, at, commands);
}

bool asks_for(const std::vector<std::string>& words, const std::string& flag,
              const std::string& short_flag) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::any_of(words.begin(), end,
                     [&](const std::string& word) { return word == flag || word == short_flag; });
}

void read_words(const std::vector<std::string>& words, const std::string& name,
                std::vector<Option*> options, const std::vector<Argument>& arguments) {
  fill_arguments(WordReader(words, name, std::move(options)).read(), name, arguments);
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; !text.empty();) {
    const std::size_t comma = text.find(',', from);
    parts.push_back(text.substr(from, comma - from));
    if (comma == std::string::npos) break;
    from = comma + 1;
  }
  return parts;
}

}  // namespace juror
