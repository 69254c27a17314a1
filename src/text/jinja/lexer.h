// Cuts a template into tokens: stretches of text, and the words inside {{ }} and {% %}. White space
// is taken away here, by the rules of Jinja with trim_blocks and lstrip_blocks, as transformers
// sets them; comments and {% raw %} end here too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace juror::jinja {

struct Token {
  enum Kind {
    kText,
    kOutputBegin,
    kOutputEnd,
    kTagBegin,
    kTagEnd,
    kName,
    kString,
    kInteger,
    kFloat,
    kOperator,
    kEnd
  };
  Kind kind = kEnd;
  std::string text;  ///< of a string literal: what it means
  int line = 1;
};

/// The tokens of `source` (valid UTF-8), ending with kEnd. `name` is what errors call the template.
/// Throws Error (kModel) with name and line. Source: jinja2 3.1's lexer.py.
std::vector<Token> tokenize(std::string_view source, const std::string& name);

}  // namespace juror::jinja
