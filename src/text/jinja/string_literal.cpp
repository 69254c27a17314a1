#include "text/jinja/string_literal.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "text/jinja/characters.h"
#include "text/unicode.h"

namespace juror::jinja {
namespace {

/// A character given by its number, `digits` long at most. Moves `at` behind it.
char32_t read_code(std::string_view literal, std::size_t& at, std::size_t digits, int base) {
  std::uint32_t code = 0;
  const std::string_view text = literal.substr(at, digits);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, base);
  const auto length = static_cast<std::size_t>(end - text.data());
  const bool is_whole = error == std::errc() && (base == 8 || length == digits);
  const bool is_character = code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
  if (!is_whole || !is_character) {
    throw Fault{fmt::format("the escape \\{} in a string is no character",
                            literal.substr(at - 1, digits + 1))};
  }
  at += length;
  return static_cast<char32_t>(code);
}

/// The escape behind a backslash at `at`. Moves `at` behind it.
std::string read_escape(std::string_view literal, std::size_t& at) {
  constexpr std::string_view kLetters = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";
  const char letter = literal[at];
  if (const std::size_t known = kLetters.find(letter); known != std::string_view::npos) {
    ++at;
    return std::string(1, kMeanings[known]);
  }
  if (letter == '\n') {
    ++at;
    return "";
  }
  if (letter >= '0' && letter <= '7') return to_utf8(read_code(literal, at, 3, 8));
  const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (letter == 'N') throw Fault{"the escape \\N in a string is not known to Juror"};
  if (digits > 0) return to_utf8(read_code(literal, ++at, digits, 16));
  return "\\";
}

/// Without white space around it and underscores between digits; nothing if Python refuses those.
std::optional<std::string> plain_number(std::string_view text) {
  const std::string trimmed =
      strip(MarkedText(text, Origin::kTemplate), "", /*left=*/true, /*right=*/true).bytes;
  std::string plain;
  for (std::size_t i = 0; i < trimmed.size(); ++i) {
    const auto is_digit = [&](std::size_t k) {
      return k < trimmed.size() && trimmed[k] >= '0' && trimmed[k] <= '9';
    };
    if (trimmed[i] != '_') {
      plain += trimmed[i];
    } else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) {
      return std::nullopt;
    }
  }
  if (plain.starts_with('+') && !plain.starts_with("+-")) plain.erase(0, 1);
  return plain;
}

}  // namespace

std::string unescape(std::string_view literal) {
  std::string text;
  for (std::size_t at = 0; at < literal.size();) {
    if (literal[at] != '\\' || at + 1 == literal.size()) {
      text += literal[at++];
    } else {
      text += read_escape(literal, ++at);
    }
  }
  return text;
}

std::optional<std::int64_t> read_integer(std::string_view text) {
  const std::optional<std::string> plain = plain_number(text);
  if (!plain) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(plain->data(), plain->data() + plain->size(), value, 10);
  if (end != plain->data() + plain->size() || plain->empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    throw Fault{fmt::format("the number {} is beyond 64 bits", text)};
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<double> read_float(std::string_view text) {
  std::optional<std::string> plain = plain_number(text);
  if (!plain || plain->empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(plain->data(), plain->data() + plain->size(), value);
  if (end != plain->data() + plain->size()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    throw Fault{fmt::format("the number {} is beyond the range of a float", text)};
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace juror::jinja
