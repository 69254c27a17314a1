#include "base/option_json.h"

namespace juror {

nlohmann::ordered_json options_json(const std::vector<Option>& options) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Option& option : options)
    std::visit([&](const auto* member) { json[option.name] = *member; }, option.member);
  return json;
}

}  // namespace juror
