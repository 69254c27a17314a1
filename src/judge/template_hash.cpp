#include "judge/template_hash.h"

#include <fmt/format.h>

#include "base/option_text.h"
#include "base/text_hash.h"

namespace juror {

std::string template_hash(const PromptTemplate& prompt_template) {
  return fmt::format("{:016x}", text_hash(options_toml(prompt_template)));
}

}  // namespace juror
