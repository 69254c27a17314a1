// The count of how deep the parser is. Private to the parser's files.
#pragma once

#include "text/jinja/parser.h"

namespace juror::jinja {

struct Parser::Nested {
  explicit Nested(Parser& parser) : parser_(parser) {
    constexpr int kDeepest = 200;
    if (++parser_.depth_ > kDeepest) parser_.fail("the template is nested too deeply");
  }
  ~Nested() { --parser_.depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  Parser& parser_;
};

}  // namespace juror::jinja
