// The count of how deep the interpreter is. Private to its files.
#pragma once

#include "text/jinja/interpreter.h"

namespace juror::jinja {

class Interpreter::Deeper {
 public:
  explicit Deeper(Interpreter& interpreter) : interpreter_(interpreter) {
    constexpr int kDeepest = 800;
    if (++interpreter_.depth_ > kDeepest) {
      --interpreter_.depth_;
      throw Fault{"the template calls itself too deeply"};
    }
  }
  ~Deeper() { --interpreter_.depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  Interpreter& interpreter_;
};

}  // namespace juror::jinja
