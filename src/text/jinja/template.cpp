#include "text/jinja/template.h"

#include "base/error.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"
#include "text/unicode.h"

namespace juror::jinja {

struct Template::Data {
  std::string name;
  Body body;
};

const std::string& Template::name() const { return data_->name; }

Template Template::parse(std::string_view source, std::string name) {
  constexpr std::size_t kLongestTemplate = std::size_t{1} << 20;
  require_model(source.size() <= kLongestTemplate,
                "{}: the chat template has {} bytes, and Juror reads at most {}.", name,
                source.size(), kLongestTemplate);
  require_utf8(source, name, ErrorKind::kModel);
  Parser parser(tokenize(source, name), name);
  return Template(std::make_shared<const Data>(Data{name, parser.parse()}));
}

MarkedText Template::render(const Context& context) const {
  Interpreter interpreter(data_->name, context);
  return interpreter.render(data_->body);
}

}  // namespace juror::jinja
