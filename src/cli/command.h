// What a command of the program is. Knows nothing of any single one.
//
// To add a command `juror shout WORD --times 3`, write src/cli/shout.cpp:
//
//   namespace juror {
//   namespace {
//   struct ShoutOptions {
//     std::string word;
//     std::int64_t times = 1;
//     template <class Argument> void arguments(Argument&& argument) {   // only if it has
//     positional arguments
//       argument("WORD", word, "What to shout");                        // a vector takes the rest,
//       one or more
//     }
//     template <class Field> void fields(Field&& field) {               // flags, TOML keys, help:
//     base/options.h
//       field("times", times, "How often", Range{1, 100});
//     }
//   };
//
//   int shout(ShoutOptions& options, Context& context) {
//     auto progress = context.progress();                    // a juror::Progress for the rooms
//     below; false on Ctrl-C if (context.out.json()) context.out.print_json({{"word",
//     options.word}});   // "schema" is added in front else context.out.print(options.word + "\n");
//     // results: stdout or -o FILE; all else: log_info(…) return kExitOk; // errors: throw Error
//     through require(…)
//   }
//   }  // namespace
//
//   Command shout_command() {
//     return make_command<ShoutOptions>({.name = "shout", .summary = "Shout a word",
//                                        .examples = {{"juror shout hello --times 3", "three
//                                        times"}}}, shout);
//   }
//   }  // namespace juror
//
// and its row in commands.cpp. `--help`, completion, juror.toml ([shout] times = 3),
// JUROR_TIMES, `config show` and the suggestions come by themselves. A verb of two words is a name
// with a space: "train sft". A command that needs libtorch stands in src/cli/engine/ instead, with
// its function in engine/commands.cpp; its row in commands.cpp is then its name and summary alone
// (two programs: see program.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/option_text.h"
#include "cli/global_options.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace juror {

/// What the program returns to the shell (spec/interfaces.md, rule 3).
enum ExitCode : int {
  kExitOk = 0,
  kExitOurFault = 1,    ///< a fault of ours, or the machine refused
  kExitUsage = 2,       ///< usage, or a wrong file
  kExitSomeFailed = 3,  ///< some inputs failed; the results of the others are written
  kExitModel = 4,       ///< model missing or corrupt
  kExitNetwork = 5,
  kExitQualityGate = 6,  ///< eval --min-accuracy
};

struct Example {
  std::string line;     ///< as typed
  std::string meaning;  ///< a few words
};

/// What help says of a command.
struct CommandText {
  std::string name;  ///< "rank", "train sft"
  std::string summary;
  std::vector<Example> examples = {};             ///< shown first
  std::vector<Format> formats = {Format::kJson};  ///< besides text; others are refused
  std::string notes = {};                         ///< shown last
  bool writes_output = false;  ///< -o is a file or folder that the command writes itself
};

/// Rule for an argument: the fewest values it takes. 0 makes it optional. A string takes at most
/// one.
struct AtLeast {
  std::size_t count = 1;
};

/// A positional argument, bound to its member. A vector takes all that is left and must be the
/// last.
struct Argument {
  std::string name;  ///< "PROMPT", "IMAGE"
  std::string help;
  std::variant<std::string*, std::vector<std::string>*> member;
  std::size_t at_least = 1;
};

struct Command;

/// What a command is run with. References live as long as the run.
struct Context {
  const GlobalOptions& global;  ///< seed, threads, …
  const Command& command;       ///< the one that runs, with the resolved options
                                ///< (`to_toml(context.command.options)`)
  const std::vector<Command>& commands;
  const std::vector<Option>& global_options;
  Output& out;         ///< results
  Terminal& terminal;  ///< all else, on stderr

  /// Shows where the work stands and says false once a signal asked to stop. Usable from any
  /// thread.
  Progress progress() const;
  /// Whether results may be coloured.
  bool color() const;
  /// Whether Ctrl-C or SIGTERM asked to stop: finish the unit, print what there is (`out` marks it
  /// partial).
  bool interrupted() const;
};

/// One verb: its options and arguments bound to storage that `run` holds.
struct Command {
  CommandText text;
  std::vector<Option> options = {};
  std::vector<Argument> arguments = {};
  std::function<int(Context&)> run = {};  ///< null: known by name only, run by the engine program
  /// Whether it needs the engine program with the options that it has now; null: never.
  std::function<bool()> needs_engine = {};
};

/// The arguments of `options`, in order; none where the struct lists none.
template <class Options>
std::vector<Argument> list_arguments(Options& options) {
  std::vector<Argument> list;
  if constexpr (requires { options.arguments([](auto&&...) {}); }) {
    options.arguments(
        [&](const std::string& name, auto& member, const std::string& help, AtLeast rule = {}) {
          list.push_back({name, help, &member, rule.count});
        });
  }
  return list;
}

/// Binds an options struct and the function that runs on it. needs_engine: for commands that need
/// libtorch with some options and not with others.
template <class Options>
Command make_command(CommandText text, std::function<int(Options&, Context&)> run,
                     bool (*needs_engine)(const Options&) = nullptr) {
  auto options = std::make_shared<Options>();
  std::vector<Option> fields = list_options(*options);
  std::vector<Argument> arguments = list_arguments(*options);
  Command command{
      .text = std::move(text),
      .options = std::move(fields),
      .arguments = std::move(arguments),
      .run = [options, run = std::move(run)](Context& context) { return run(*options, context); }};
  if (needs_engine != nullptr)
    command.needs_engine = [options, needs_engine] { return needs_engine(*options); };
  return command;
}

/// The table (commands.cpp) in the order of help, every command with its options at their defaults.
/// Those of `engine` replace the rows of their names; rows that are a name alone remain without
/// `run`.
std::vector<Command> all_commands(std::vector<Command> engine = {});

/// The commands that need libtorch or the options of all others (engine/commands.cpp).
std::vector<Command> engine_commands();

}  // namespace juror
