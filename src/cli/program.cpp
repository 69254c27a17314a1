#include "cli/program.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <new>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/hand_over.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "cli/sources.h"
#include "cli/visible_text.h"

namespace juror {
namespace {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUser:
      return kExitUsage;
    case ErrorKind::kModel:
      return kExitModel;
    case ErrorKind::kNetwork:
      return kExitNetwork;
    case ErrorKind::kSystem:
      break;
  }
  return kExitOurFault;
}

const char* format_name(Format format) {
  constexpr const char* kNames[] = {"text", "--json", "--jsonl", "--csv"};
  return kNames[static_cast<std::size_t>(format)];
}

/// The format asked for; refused where the command has none of that kind.
Format chosen_format(const GlobalOptions& global, const CommandText& text) {
  require(global.json + global.jsonl + global.csv <= 1,
          "--json, --jsonl and --csv exclude one another: choose one.");
  const Format format = global.json    ? Format::kJson
                        : global.jsonl ? Format::kJsonl
                        : global.csv   ? Format::kCsv
                                       : Format::kText;
  const bool offered =
      format == Format::kText || std::count(text.formats.begin(), text.formats.end(), format) > 0;
  std::string known;
  for (const Format other : text.formats)
    known += (known.empty() ? "" : ", ") + std::string(format_name(other));
  require(offered, "'juror {}' has no {}; it offers text{}{}.", text.name, format_name(format),
          known.empty() ? "" : " and ", known);
  return format;
}

std::vector<Option*> pointers(std::vector<Option>& global, std::vector<Option>& own) {
  std::vector<Option*> all;
  for (Option& option : own) all.push_back(&option);
  for (Option& option : global) all.push_back(&option);
  return all;
}

/// One run of the program with its global options; the parts share them.
class Run {
 public:
  Run(const Program& program, const std::vector<std::string>& words)
      : program_(program), words_(words) {}

  int run() {
    if (words_.empty()) {
      log_warning(
          "Say what to do, for example: juror rank \"\" a.jpg b.jpg. `juror --help` shows more.");
      return kExitUsage;
    }
    if (words_[0] == "help") return run_help_verb();
    if (asks_for(words_, "--version", "--version")) return print_plainly(version_text() + "\n");
    const Verb verb = find_verb(words_, program_.commands, global_options_);
    if (verb.command == nullptr) {
      require(asks_for(words_, "--help", "-h"), "A command is missing. `juror --help` lists them.");
      return print_plainly(program_help(program_.commands, global_options_, help_style()));
    }
    if (!verb.command->run) hand_to_engine(words_);
    Command command = *verb.command;  // bound to the same storage
    if (asks_for(words_, "--help", "-h"))
      return print_plainly(command_help(command, global_options_, help_style()));
    read_options(command, verb);
    if (command.needs_engine && command.needs_engine()) hand_to_engine(words_);
    return run_command(command);
  }

 private:
  int run_help_verb() {
    std::vector<std::string> words(words_.begin() + 1, words_.end());
    words.push_back("--help");
    return Run(program_, words).run();
  }

  int print_plainly(const std::string& text) {
    Output(Format::kText, "").print(text);
    return kExitOk;
  }

  /// Before any option was read: colour as on a terminal, unless a flag says otherwise.
  HelpStyle help_style() const {
    std::string color = "auto";
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i].starts_with("--color=")) color = words_[i].substr(8);
      if (words_[i] == "--color" && i + 1 < words_.size()) color = words_[i + 1];
    }
    return {.width = 100, .color = wants_color(color, STDOUT_FILENO)};
  }

  void read_options(Command& command, const Verb& verb) {
    std::vector<std::string> rest = words_;
    const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(verb.at);
    rest.erase(begin, begin + static_cast<std::ptrdiff_t>(verb.words));
    read_words(rest, "juror " + command.text.name, pointers(global_options_, command.options),
               command.arguments);
    const OptionScope scope{global_options_, command.options, command.text.name, program_.commands};
    const std::string unknown = apply_sources(scope);
    if (unknown.empty()) return;
    const bool others = std::any_of(program_.commands.begin(), program_.commands.end(),
                                    [](auto& c) { return !c.run; });
    if (others)
      hand_to_engine(words_);  // perhaps an option of a command that is known here by name only
    throw Error(unknown);
  }

  int run_command(const Command& command) {
    Output out(chosen_format(global_, command.text),
               command.text.writes_output ? "" : global_.output);
    Terminal terminal({.quiet = global_.quiet, .verbose = global_.verbose, .color = global_.color});
    set_log_sink([&](LogLevel level, std::string_view message) { terminal.say(level, message); });
    Context context{global_, command, program_.commands, global_options_, out, terminal};
    try {
      warn_of_variables(command);
      catch_signals();
      if (program_.start) program_.start(global_);
      const int code = command.run(context);
      terminal.end_progress();
      out.finish();
      set_log_sink(nullptr);
      if (stop_signal() != 0 && command.text.name != "serve")  // whose way to end that is
        terminal.say(
            LogLevel::kWarning,
            fmt::format("Stopped by a signal; {} is a partial result.",
                        out.file().empty() ? "what was printed" : fmt::format("'{}'", out.file())));
      return stop_signal() != 0 ? 128 + stop_signal() : code;
    } catch (...) {
      terminal.end_progress();
      set_log_sink(nullptr);
      throw;
    }
  }

  void warn_of_variables(const Command& command) {
    std::vector<Option> own = command.options;
    const std::vector<std::string> sentences =
        doubtful_variables({global_options_, own, command.text.name, program_.commands});
    const bool all_known = std::all_of(program_.commands.begin(), program_.commands.end(),
                                       [](auto& c) { return !!c.run; });
    if (!sentences.empty() && !all_known)
      hand_to_engine(words_);  // perhaps an option of a command that is known here by name only
    for (const std::string& sentence : sentences) log_warning(sentence);
  }

  const Program& program_;
  const std::vector<std::string>& words_;
  GlobalOptions global_;
  std::vector<Option> global_options_ = list_options(global_);
};

/// On stderr, in front of which nothing has been set up.
void print_error(std::string_view message, bool is_error) {
  const std::string mark =
      is_error ? styled("error: ", Style::kRed, wants_color("auto", STDERR_FILENO)) : "";
  const std::string line = fmt::format("{}{}\n", mark, visible_lines(message));
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody listens
}

}  // namespace

Progress Context::progress() const {
  return [&shown = terminal](std::string_view stage, std::int64_t done, std::int64_t total) {
    shown.progress(stage, done, total);
    return stop_signal() == 0;
  };
}

bool Context::color() const { return out.to_terminal() && terminal.color_out(); }
bool Context::interrupted() const { return stop_signal() != 0; }

int run_program(const Program& program, const std::vector<std::string>& arguments) {
  try {
    set_log_sink([](LogLevel, std::string_view message) { print_error(message, false); });
    return Run(program, arguments).run();
  } catch (const Error& error) {
    print_error(error.what(), true);
    return stop_signal() != 0 ? 128 + stop_signal() : exit_code(error.kind());
  } catch (const std::filesystem::filesystem_error& error) {  // of the machine: a folder, a disk
    print_error(
        fmt::format("The system refuses '{}': {}.", error.path1().string(), error.code().message()),
        true);
    return kExitOurFault;
  } catch (const std::bad_alloc&) {
    print_error(
        "There is not enough memory for this. `juror doctor` compares what is free with what the "
        "model needs.",
        true);
    return kExitOurFault;
  } catch (const std::exception& fault) {
    if (const auto sentence = program.explain ? program.explain(fault) : std::nullopt) {
      print_error(*sentence, true);
      return kExitOurFault;
    }
    print_error(
        fmt::format("This is a fault of ours, please report it with the command you gave: {}",
                    fault.what()),
        true);
    return kExitOurFault;
  }
}

}  // namespace juror
