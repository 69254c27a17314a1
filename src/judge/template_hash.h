// A hash of all that a prompt template says.
#pragma once

#include <string>

#include "judge/template.h"

namespace juror {

std::string template_hash(const PromptTemplate& prompt_template);

}  // namespace juror
