// juror config show: every option as it would count in this folder with these variables. Stands
// with the engine because it lists the options of all commands.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/engine/commands.h"
#include "cli/sources.h"

namespace juror {
namespace {

struct ConfigShowOptions {
  bool origin = false;
  std::string command;

  template <class Field>
  void fields(Field&& field) {
    field("origin", origin, "Say where each value comes from");
    field("command", command, "Only the options of this command, e.g. rank; empty: of all");
  }
};

/// Options of one table of juror.toml: the globals (no name), or a command's.
struct Section {
  std::string name;  ///< "train.sft"
  std::vector<Option> options;
};

std::vector<Section> sections(const ConfigShowOptions& options, const Context& context) {
  std::vector<Section> list = {{"", context.global_options}};
  std::vector<std::string> names;
  for (const Command& command : context.commands) {
    names.push_back(command.text.name);
    const bool wanted =
        options.command.empty() ? !command.options.empty() : command.text.name == options.command;
    if (!wanted || command.text.name == context.command.text.name) continue;
    std::vector<Option> global = context.global_options, own = command.options;
    const std::string unknown = apply_sources({global, own, command.text.name, context.commands});
    require(unknown.empty(), "{}", unknown);
    std::string table = command.text.name;
    for (char& c : table) c = c == ' ' ? '.' : c;
    for (Option& option : own) option.name = table + "." + option.name;
    list.push_back({table, std::move(own)});
  }
  require(options.command.empty() || list.size() > 1, "There is no command '{}' with options.{}",
          options.command, did_you_mean(options.command, names));
  return list;
}

int config_show(ConfigShowOptions& options, Context& context) {
  std::vector<Option> all;
  for (Section& section : sections(options, context)) {
    all.insert(all.end(), section.options.begin(), section.options.end());
  }
  if (!context.out.json()) {
    context.out.print(to_toml(all, options.origin));
    return kExitOk;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Option& option : all) {  // scalars and lists are written alike in TOML and JSON
    list.push_back({{"key", option.name},
                    {"value", nlohmann::ordered_json::parse(option.toml())},
                    {"origin", option.origin.where}});
  }
  context.out.print_json({{"options", list}});
  return kExitOk;
}

}  // namespace

Command config_show_command() {
  return make_command<ConfigShowOptions>(
      {.name = "config show",
       .summary = "Print every option as it would count here, and where it comes from",
       .examples = {{"juror config show --origin",
                     "with the file and line, variable or flag of each value"},
                    {"juror config show --command rank", "of one command"},
                    {"juror config show -o juror.toml", "a file to start from"}},
       .notes = "What is printed is a juror.toml: options of every command first, then one table a "
                "command."},
      config_show);
}

}  // namespace juror
