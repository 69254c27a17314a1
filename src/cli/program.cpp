#include "cli/program.h"

#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "cli/sources.h"

namespace juror {
namespace {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUser: return kExitUsage;
    case ErrorKind::kModel: return kExitModel;
    case ErrorKind::kNetwork: return kExitNetwork;
    case ErrorKind::kSystem: return kExitOurFault;
  }
  return kExitOurFault;
}

Format format_of(const GlobalOptions& global, const Command& command) {
  const int chosen = global.json + global.jsonl + global.csv;
  require(chosen <= 1, "--json, --jsonl and --csv exclude each other.");
  const Format format = global.json ? Format::kJson : global.jsonl ? Format::kJsonl : global.csv ? Format::kCsv : Format::kText;
  bool is_known = format == Format::kText;
  for (const Format known : command.text.formats) is_known = is_known || known == format;
  require(is_known, "juror {} does not print that format; --json is what most commands print.", command.text.name);
  return format;
}

/// Flags first, then weaker sources: `Option::set` never lets a weaker one win.
void resolve(Command& command, std::vector<Option>& global_options, GlobalOptions& global, const std::vector<Command>& all,
             const std::vector<std::string>& words) {
  std::vector<Option*> options;
  for (Option& option : global_options) options.push_back(&option);
  for (Option& option : command.options) options.push_back(&option);
  read_words(words, "juror " + command.text.name, options, command.arguments);
  const OptionScope scope{.global = global_options, .own = command.options, .command = command.text.name, .all = all};
  apply_environment(scope);
  std::string unknown;
  if (!global.config.empty()) unknown = apply_file(scope, global.config, Source::kConfigFile);
  if (unknown.empty() && std::filesystem::is_regular_file("juror.toml")) {
    unknown = apply_file(scope, "juror.toml", Source::kLocalFile);
  }
  require(unknown.empty(), "{}", unknown);
}

int run(std::vector<Command>& commands, GlobalOptions& global, std::vector<Option>& global_options,
        const std::vector<std::string>& arguments) {
  const HelpStyle style{.width = 100, .color = wants_color("auto", 1)};
  if (asks_for(arguments, "--version", "")) return std::fputs((version_text() + "\n").c_str(), stdout), kExitOk;
  const Verb verb = find_verb(arguments, commands, global_options);
  if (verb.command == nullptr) {
    std::fputs(program_help(commands, global_options, style).c_str(), stdout);
    return asks_for(arguments, "--help", "-h") || arguments.empty() ? kExitOk : kExitUsage;
  }
  Command& command = commands[static_cast<std::size_t>(verb.command - commands.data())];
  if (asks_for(arguments, "--help", "-h")) {
    std::fputs(command_help(command, global_options, style).c_str(), stdout);
    return kExitOk;
  }
  std::vector<std::string> words = arguments;
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(verb.at),
              words.begin() + static_cast<std::ptrdiff_t>(verb.at + verb.words));
  resolve(command, global_options, global, commands, words);

  Terminal terminal({.quiet = global.quiet, .verbose = global.verbose, .color = global.color});
  set_log_sink([&](LogLevel level, std::string_view message) { terminal.say(level, message); });
  Output out(format_of(global, command), global.output);
  Context context{.global = global, .command = command, .commands = commands, .global_options = global_options,
                  .out = out, .terminal = terminal};
  const int code = command.run(context);
  out.finish();
  set_log_sink({});
  return stop_signal() != 0 ? 128 + stop_signal() : code;
}

}  // namespace

Progress Context::progress() const {
  Terminal* shown = &terminal;
  return [shown](std::string_view stage, std::int64_t done, std::int64_t total) {
    shown->progress(stage, done, total);
    return stop_signal() == 0;
  };
}

bool Context::color() const { return out.to_terminal() && terminal.color_out(); }
bool Context::interrupted() const { return stop_signal() != 0; }

int run_program(const std::vector<std::string>& arguments) {
  try {
    catch_signals();
    std::vector<Command> commands = all_commands();
    GlobalOptions global;
    std::vector<Option> global_options = list_options(global);
    return run(commands, global, global_options, arguments);
  } catch (const Error& error) {
    std::fprintf(stderr, "juror: %s\n", error.what());
    return exit_code(error.kind());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "juror: %s\nThis is a fault of ours; please report it.\n", error.what());
    return kExitOurFault;
  }
}

}  // namespace juror
