#include "cli/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/option_json.h"
#include "base/version.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

Json arguments_json(const Command& command) {
  Json json = Json::object();
  for (const Argument& argument : command.arguments)
    std::visit([&](const auto* member) { json[argument.name] = *member; }, argument.member);
  return json;
}

}  // namespace

Json run_record(const Context& context) {
  return {{"juror", juror_version()},
          {"command", context.command.text.name},
          {"arguments", arguments_json(context.command)},
          {"seed", context.global.seed},
          {"threads", context.global.threads},
          {"options", options_json(context.command.options)}};
}

std::string run_toml(const Context& context) {
  std::vector<Option> options;
  std::copy_if(context.global_options.begin(), context.global_options.end(),
               std::back_inserter(options),
               [](const Option& option) { return option.name == "seed"; });
  options.insert(options.end(), context.command.options.begin(), context.command.options.end());
  return fmt::format(
      "# juror {}: juror {}, with the arguments {}\n{}", juror_version(), context.command.text.name,
      arguments_json(context.command).dump(-1, ' ', false, Json::error_handler_t::replace),
      to_toml(options));
}

}  // namespace juror
