// A prompt template that is no file of ours: a server tells it.
#pragma once

#include <string>
#include <string_view>

#include "judge/template.h"

namespace juror {

/// Reads and checks a template as `load_template`, from a text that errors call `name`.
PromptTemplate parse_template(std::string_view toml, const std::string& name);

}  // namespace juror
