#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/table.h"

namespace juror {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLeftColumn = 30;  // flags wider than this push their text to the next line

std::string title(const std::string& text, const HelpStyle& style) {
  return styled(text, Style::kBold, style.color) + "\n";
}

/// A left text in its colour and a right text wrapped beside it.
std::string entry(const std::string& left, const std::string& right, const HelpStyle& style) {
  const std::size_t width = style.width > kLeftColumn + 30 ? style.width : kLeftColumn + 30;
  std::string body = wrap_text(right, width, kLeftColumn);
  const std::size_t used = kIndent + display_width(left);
  std::string text = std::string(kIndent, ' ') + styled(left, Style::kCyan, style.color);
  if (used + 2 > kLeftColumn) return text + "\n" + body;
  return text + std::string(kLeftColumn - used, ' ') + body.substr(kLeftColumn);
}

std::string examples(const std::vector<Example>& list, const HelpStyle& style) {
  std::size_t widest = 0;
  for (const Example& example : list) widest = std::max(widest, display_width(example.line));
  const bool side_by_side = widest + 40 < style.width;
  std::string text = title("Examples", style);
  for (const Example& example : list) {
    const std::string line = styled(example.line, Style::kCyan, style.color);
    const std::string gap =
        side_by_side ? std::string(widest - display_width(example.line) + 3, ' ') : "\n      ";
    text += "  " + line + gap + styled(example.meaning, Style::kDim, style.color) + "\n";
  }
  return text + "\n";
}

/// "--votes NUMBER", "--think / --no-think", "--mode soft|hard"
std::string flag_text(const Option& option) {
  if (option.type() == OptionType::kBoolean) {
    return option.toml() == "true" ? "--no-" + option.flag().substr(2) : option.flag();
  }
  if (!option.words.empty()) {
    std::string words;
    for (const std::string& word : option.words) words += (words.empty() ? "" : "|") + word;
    return option.flag() + " " + words;
  }
  const char* kind = option.type() == OptionType::kText ? "TEXT" : "NUMBER";
  return option.flag() + " " + kind + (option.is_list() ? ",…" : "");
}

std::string option_entry(const Option& option, const HelpStyle& style) {
  std::string right = option.help;
  if (right.empty() || right.back() != '.') right += '.';
  const std::string value = option.toml();
  if (option.type() == OptionType::kBoolean && value == "true") right = "Not: " + right;
  const bool telling = option.type() != OptionType::kBoolean && value != "\"\"" && value != "[]";
  if (telling) right += fmt::format(" Default: {}.", value);
  return entry(flag_text(option), right, style);
}

std::string first_line(const Command& command) {
  std::string line = "juror " + command.text.name;
  for (const Argument& argument : command.arguments) {
    const bool many = std::holds_alternative<std::vector<std::string>*>(argument.member);
    line += " " + argument.name + (many ? "…" : "");
  }
  return line;
}

/// Whether a command understands a global option: of the formats only its own.
bool is_offered(const std::string& option, const std::vector<Format>& formats) {
  const auto has = [&](Format format) {
    return std::find(formats.begin(), formats.end(), format) != formats.end();
  };
  if (option == "json") return has(Format::kJson);
  if (option == "jsonl") return has(Format::kJsonl);
  return option != "csv" || has(Format::kCsv);
}

std::string option_list(const std::string& name, const std::vector<Option>& options,
                        const HelpStyle& style) {
  std::string text = title(name, style);
  for (const Option& option : options) text += option_entry(option, style);
  return text;
}

}  // namespace

std::string program_help(const std::vector<Command>& commands,
                         const std::vector<Option>& global_options, const HelpStyle& style) {
  std::string text =
      "Juror judges images the way a jury does: it looks, thinks aloud, votes, and ranks.\n\n";
  text += examples(
      {{"juror rank \"a red fox in snow\" a.jpg b.jpg c.jpg", "which photo fits best, and why"},
       {"juror rank \"\" holiday/*.jpg", "which photo is technically best"},
       {"juror compare \"a red fox in snow\" a.jpg b.jpg --json", "one pair, for a program"},
       {"juror doctor", "whether this machine is fit for it"}},
      style);
  text += title("Commands", style);
  for (const Command& command : commands)
    text += entry(command.text.name, command.text.summary, style);
  text += "\n" + option_list("Options of every command", global_options, style);
  text += entry("--help", "Examples and options of a command: juror rank --help.", style);
  text += entry("--version", "The version.", style);
  text +=
      "\nOptions count in this order: flags, JUROR_* variables (JUROR_SEED=3), --config FILE, "
      "./juror.toml, defaults;\n"
      "`juror config show --origin` tells where each comes from. Exit codes: 0 done, 1 our fault, "
      "2 usage or a wrong\n"
      "file, 3 some inputs failed, 4 model missing or corrupt, 5 network, 6 quality gate, 130/143 "
      "stopped by a signal.\n";
  return text;
}

std::string command_help(const Command& command, const std::vector<Option>& global_options,
                         const HelpStyle& style) {
  std::string text = command.text.summary + ".\n\n";
  if (!command.text.examples.empty()) text += examples(command.text.examples, style);
  text += title("Usage", style) + "  " + first_line(command) + "\n\n";
  if (!command.arguments.empty()) {
    text += title("Arguments", style);
    for (const Argument& argument : command.arguments)
      text += entry(argument.name, argument.help + ".", style);
    text += "\n";
  }
  if (!command.options.empty()) text += option_list("Options", command.options, style) + "\n";
  std::vector<Option> offered;
  for (const Option& option : global_options)
    if (is_offered(option.name, command.text.formats)) offered.push_back(option);
  text += option_list("Options of every command", offered, style);
  if (!command.text.notes.empty()) text += "\n" + command.text.notes + "\n";
  return text;
}

std::string version_text() { return "juror " JUROR_VERSION; }

}  // namespace juror
