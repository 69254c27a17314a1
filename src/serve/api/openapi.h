// The description of the server's interface for tools (OpenAPI 3.1).
#pragma once

#include <map>
#include <set>
#include <string>

#include "serve/api/fields.h"

namespace juror {

/// The paths with their methods; a path that this file does not describe has no description.
OrderedJson openapi_json(const std::map<std::string, std::set<std::string>>& paths);

}  // namespace juror
