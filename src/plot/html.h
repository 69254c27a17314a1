// HTML and SVG as values. Text from data becomes markup through `text` and attribute values alone,
// which escape it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juror {

/// Markup that may stand in a page as it is. There is no way from a run-time string to Markup that
/// does not escape.
class Markup {
 public:
  Markup() = default;
  /// Markup written in our own sources: a literal.
  template <std::size_t N>
  static Markup literal(const char (&html)[N]) {
    return Markup(std::string(html, N - 1));
  }
  Markup& operator+=(const Markup& more) {
    html_ += more.html_;
    return *this;
  }
  friend Markup operator+(Markup a, const Markup& b) { return a += b; }

  const std::string& html() const { return html_; }
  bool empty() const { return html_.empty(); }

 private:
  explicit Markup(std::string html) : html_(std::move(html)) {}
  friend Markup text(std::string_view plain);
  friend struct ElementWriter;

  std::string html_;
};

/// `plain` with & < > " ' escaped. Bytes that are no UTF-8 and control characters that HTML forbids
/// become U+FFFD.
Markup text(std::string_view plain);

/// Name and value; the value is escaped, the name must be a literal of ours.
struct Attribute {
  std::string_view name;
  std::string value;
};
using Attributes = std::vector<Attribute>;

/// `<tag a="b">content</tag>`; img, meta and the like have no content and no end tag. Our own tag
/// names only.
Markup element(std::string_view tag, const Attributes& attributes, const Markup& content = {});
inline Markup element(std::string_view tag, const Markup& content) {
  return element(tag, {}, content);
}

/// An element that holds text alone.
inline Markup element_of(std::string_view tag, const Attributes& attributes,
                         std::string_view plain) {
  return element(tag, attributes, text(plain));
}

}  // namespace juror
