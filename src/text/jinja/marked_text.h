// Text that knows who wrote it: the template, or the messages that it renders. What becomes of a
// text (a slice, a trim, a join) keeps the origin of every byte, so that the words of users stay
// apart from the template's own, whatever the template does with them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace juror::jinja {

/// Who wrote a byte.
enum class Origin : char {
  kTemplate,  ///< the template, or a setting of the model folder
  kMessage,   ///< a message: words of users, never markup
};

/// UTF-8, with the origin of every byte. Two texts are equal if their bytes are.
struct MarkedText {
  std::string bytes;
  std::string origins;  ///< one Origin a byte
  /// Of the filter `safe`: Jinja escapes what is joined to such a text by + and by its methods.
  bool is_safe = false;

  MarkedText() = default;
  MarkedText(std::string_view text, Origin origin)
      : bytes(text), origins(text.size(), static_cast<char>(origin)) {}

  std::size_t size() const { return bytes.size(); }
  bool empty() const { return bytes.empty(); }
  Origin origin(std::size_t at) const { return static_cast<Origin>(origins[at]); }
  bool operator==(const MarkedText& other) const { return bytes == other.bytes; }

  MarkedText& operator+=(const MarkedText& other);
  /// Bytes `begin` to `end`, with their origins.
  MarkedText cut(std::size_t begin, std::size_t end) const;
  void append(std::string_view text, Origin origin = Origin::kTemplate);
  /// Whether the template wrote all bytes from `begin` to `end`.
  bool is_template(std::size_t begin, std::size_t end) const;
};

}  // namespace juror::jinja
