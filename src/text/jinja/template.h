// A chat template: Jinja as transformers runs it (trim_blocks, lstrip_blocks, break and continue,
// {% generation %}, tojson without escapes, raise_exception, strftime_now). Values are immutable,
// nothing outside the template can be reached, and steps, depth and output are bounded. What is not
// known is refused with file and line, mostly when the template is read.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "text/jinja/context.h"

namespace juror::jinja {

/// An immutable template; copies share it, and threads may render it at once.
class Template {
 public:
  /// `name` is what errors call it. Throws Error (kModel) with name and line.
  static Template parse(std::string_view source, std::string name);

  /// What the template writes, each byte with its origin. Throws Error (kModel) with name and line
  /// for what goes wrong in the template, its own raise_exception included.
  MarkedText render(const Context& context) const;

  const std::string& name() const;

 private:
  struct Data;
  explicit Template(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  std::shared_ptr<const Data> data_;
};

}  // namespace juror::jinja
