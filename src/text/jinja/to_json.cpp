// The filter tojson: json.dumps, as transformers sets it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text/jinja/characters.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/text_methods.h"

namespace juror::jinja {
namespace {

struct Options {
  bool ascii = false, sorted = false;
  std::optional<std::string> indent;
  std::string between_items = ", ", behind_key = ": ";
};

class Writer {
 public:
  explicit Writer(Options options) : options_(std::move(options)) {}
  void write(const Value& value, int level);
  MarkedText take() { return std::move(out_); }

 private:
  void own(std::string_view text) {
    out_.append(text);
    require_length(out_.size());
  }
  void new_line(int level) {
    if (!options_.indent) return;
    own("\n");
    for (int i = 0; i < level; ++i) own(*options_.indent);
  }
  void string(const MarkedText& text);
  void list(const ListData& list, int level);
  void dict(const DictData& dict, int level);
  void key(const Value& key);

  Options options_;
  MarkedText out_;
};

/// As written between the quotes of JSON; empty for a character that stands as it is.
std::string escaped(char32_t character, bool ascii) {
  if (character == U'"') return "\\\"";
  if (character == U'\\') return "\\\\";
  if (character == U'\n') return "\\n";
  if (character == U'\r') return "\\r";
  if (character == U'\t') return "\\t";
  if (character == U'\f') return "\\f";
  if (character == U'\b') return "\\b";
  const auto code = static_cast<std::uint32_t>(character);
  if (code >= 0x20 && (!ascii || code < 0x7F)) return "";
  if (ascii && code == 0x7F) return "";
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((code - 0x10000) >> 10),
                     0xDC00 + ((code - 0x10000) & 0x3FF));
}

void Writer::string(const MarkedText& text) {
  own("\"");
  const std::vector<std::size_t> bounds = boundaries(text.bytes);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::string escape = escaped(character_at(text.bytes, bounds[i]), options_.ascii);
    if (escape.empty()) {
      out_ += text.cut(bounds[i], bounds[i + 1]);
    } else {
      out_.append(escape, text.origin(bounds[i]));
    }
  }
  own("\"");
}

void Writer::list(const ListData& list, int level) {
  if (list.items.empty()) return own("[]");
  own("[");
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) own(options_.between_items);
    new_line(level + 1);
    write(list.items[i], level + 1);
  }
  new_line(level);
  own("]");
}

void Writer::key(const Value& key) {
  if (key.is_text()) return string(key.text());
  if (!key.is_number() && !key.is_none())
    throw Fault{fmt::format("tojson of a dict with a {} as a key", type_name(key))};
  Writer plain(options_);
  plain.write(key, 0);
  string(plain.take());
}

void Writer::dict(const DictData& dict, int level) {
  if (dict.items.empty()) return own("{}");
  auto items = dict.items;
  if (options_.sorted) {
    std::stable_sort(items.begin(), items.end(),
                     [](const auto& a, const auto& b) { return less(a.first, b.first); });
  }
  own("{");
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) own(options_.between_items);
    new_line(level + 1);
    key(items[i].first);
    own(options_.behind_key);
    write(items[i].second, level + 1);
  }
  new_line(level);
  own("}");
}

void Writer::write(const Value& value, int level) {
  if (value.is_none()) return own("null");
  if (value.is<bool>()) return own(value.get<bool>() ? "true" : "false");
  if (value.is_text()) return string(value.text());
  if (value.is_dict()) return dict(value.dict(), level);
  if (value.is_list() && value.list().kind <= ListKind::kTuple) return list(value.list(), level);
  if (value.is<double>()) {
    const double number = value.get<double>();
    if (std::isnan(number)) return own("NaN");
    if (std::isinf(number)) return own(number < 0 ? "-Infinity" : "Infinity");
  }
  if (value.is_undefined()) throw Fault{value.get<Undefined>().what};
  if (!value.is_number()) throw Fault{fmt::format("tojson cannot write a {}", type_name(value))};
  own(to_text(value).bytes);
}

}  // namespace

MarkedText to_json(const Value& value, const Arguments& arguments) {
  arguments.expect({"ensure_ascii", "indent", "separators", "sort_keys"});
  Options options;
  options.ascii = truth(arguments.at(0, "ensure_ascii", false));
  options.sorted = truth(arguments.at(3, "sort_keys", false));
  const Value indent = arguments.at(1, "indent", None{});
  if (indent.is_text()) {
    options.indent = indent.text().bytes;
  } else if (!indent.is_none()) {
    const std::int64_t width = std::clamp<std::int64_t>(need_integer(indent, "indent"), 0, 1000);
    options.indent = std::string(static_cast<std::size_t>(width), ' ');
  }
  if (options.indent) options.between_items = ",";
  const Value separators = arguments.at(2, "separators", None{});
  if (!separators.is_none()) {
    const std::vector<Value> both = elements(separators);
    if (both.size() != 2) throw Fault{"tojson: separators are two texts"};
    options.between_items = need_text(both[0], "separators").bytes;
    options.behind_key = need_text(both[1], "separators").bytes;
  }
  Writer writer(std::move(options));
  writer.write(value, 0);
  return writer.take();
}

}  // namespace juror::jinja
