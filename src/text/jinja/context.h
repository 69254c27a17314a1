// What a template is rendered with.
#pragma once

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace juror::jinja {

/// Variables that a template sees; `now` is what strftime_now tells.
struct Context {
  std::vector<std::pair<std::string, Value>> variables;
  std::time_t now = 0;
};

}  // namespace juror::jinja
