// Options as JSON, for what a result keeps of its run.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/option_text.h"

namespace juror {

/// Every option by name, with its value: a boolean, number, text or list of these.
nlohmann::ordered_json options_json(const std::vector<Option>& options);

}  // namespace juror
