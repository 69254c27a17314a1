#include "plot/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace juror {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// Elements without content. SVG's shapes are closed as any other, which HTML parsers take too.
constexpr std::array<std::string_view, 5> kVoid = {"img", "meta", "br", "input", "link"};

/// Bytes of the UTF-8 character at the start of `bytes` (RFC 3629: shortest form, no surrogates), 0
/// when it is none.
std::size_t utf8_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  const unsigned first = at(0), second = at(1);
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool allowed = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second < 0xa0);
    return allowed && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool allowed = (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second < 0x90);
    return allowed && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

std::string_view escaped(std::string_view character) {
  switch (character[0]) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(character[0]);
  const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
  return is_control ? kReplacement : character;
}

}  // namespace

/// The one place that may turn strings into Markup besides `text`.
struct ElementWriter {
  static Markup write(std::string_view tag, const Attributes& attributes, const Markup& content) {
    std::string html = fmt::format("<{}", tag);
    for (const auto& [name, value] : attributes)
      html += fmt::format(" {}=\"{}\"", name, text(value).html());
    html += ">";
    if (std::find(kVoid.begin(), kVoid.end(), tag) != kVoid.end()) return Markup(html);
    return Markup(fmt::format("{}{}</{}>", html, content.html(), tag));
  }
};

Markup text(std::string_view plain) {
  std::string html;
  html.reserve(plain.size());
  while (!plain.empty()) {
    const std::size_t length = utf8_length(plain);
    html += length == 0 ? kReplacement : escaped(plain.substr(0, length));
    plain.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return Markup(html);
}

Markup element(std::string_view tag, const Attributes& attributes, const Markup& content) {
  return ElementWriter::write(tag, attributes, content);
}

}  // namespace juror
