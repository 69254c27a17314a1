// Options as text: parsing, checking and printing of single values, and lists of them as TOML.
#include "base/option_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"

namespace juror {
namespace {

template <class Number>
std::optional<Number> parse_number(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || rest != end) return std::nullopt;
  return value;
}

void parse_word(const std::string& text, std::optional<bool>& value) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") value = true;
  if (text == "false" || text == "0" || text == "no" || text == "off") value = false;
}
void parse_word(const std::string& text, std::optional<std::int64_t>& value) {
  value = parse_number<std::int64_t>(text);
}
void parse_word(const std::string& text, std::optional<double>& value) {
  value = parse_number<double>(text);
  if (value && !std::isfinite(*value)) value.reset();
}
void parse_word(const std::string& text, std::optional<std::string>& value) { value = text; }

bool is_allowed(const Option&, bool) { return true; }
bool is_allowed(const Option& option, double value) {
  if (value == 0 && option.zero_too) return true;
  return value >= option.range.low && value <= option.range.high;
}
bool is_allowed(const Option& option, std::int64_t value) {
  return is_allowed(option, static_cast<double>(value));
}
bool is_allowed(const Option& option, const std::string& value) {
  return option.words.empty() ||
         std::find(option.words.begin(), option.words.end(), value) != option.words.end();
}

[[noreturn]] void refuse(const Option& option, const std::string& text, const Origin& from) {
  throw Error(fmt::format("{}: '{}' is '{}', and {} is expected.{}", from.where, option.name, text,
                          option.expected(), did_you_mean(text, option.words)));
}

template <class Value>
Value parse_value(const Option& option, const std::string& text, const Origin& from) {
  std::optional<Value> value;
  parse_word(text, value);
  if (!value || !is_allowed(option, *value)) refuse(option, text, from);
  return *value;
}

template <class Value>
Value parse_member(const Option& option, const std::vector<std::string>& texts, const Origin& from,
                   const Value&) {
  if (texts.size() != 1) {
    throw Error(
        fmt::format("{}: '{}' takes one value, not {}.", from.where, option.name, texts.size()));
  }
  return parse_value<Value>(option, texts[0], from);
}

template <class Value>
std::vector<Value> parse_member(const Option& option, const std::vector<std::string>& texts,
                                const Origin& from, const std::vector<Value>&) {
  std::vector<Value> values;
  for (const std::string& text : texts) values.push_back(parse_value<Value>(option, text, from));
  return values;
}

std::string toml_value(bool value) { return value ? "true" : "false"; }
std::string toml_value(std::int64_t value) { return std::to_string(value); }
std::string toml_value(double value) {
  std::string text =
      fmt::format("{}", value);  // the shortest text that reads back as the same number
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}
std::string toml_value(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += {'\\', c};
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      text += fmt::format("\\u{:04X}", byte);
    } else {
      text += c;
    }
  }
  return text + '"';
}
template <class Value>
std::string toml_value(const std::vector<Value>& values) {
  std::string text = "[";
  for (const Value& value : values) text += (text.size() > 1 ? ", " : "") + toml_value(value);
  return text + "]";
}

/// "1", "0.5", "1e+20": an end of a range as a person writes it.
std::string end_text(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? std::to_string(static_cast<std::int64_t>(value)) : fmt::format("{}", value);
}

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high) return fmt::format(" from {} to {}", end_text(range.low), end_text(range.high));
  if (low) return fmt::format(" of at least {}", end_text(range.low));
  if (high) return fmt::format(" of at most {}", end_text(range.high));
  return "";
}

std::string words_text(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace

OptionType Option::type() const {
  constexpr OptionType kTypes[] = {OptionType::kBoolean, OptionType::kInteger, OptionType::kNumber,
                                   OptionType::kText,    OptionType::kText,    OptionType::kInteger,
                                   OptionType::kNumber};
  static_assert(std::size(kTypes) == std::variant_size_v<Member>);
  return kTypes[member.index()];
}

bool Option::is_list() const { return member.index() > 3; }

std::string Option::flag() const {
  std::string text = "--" + name;
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string Option::variable() const {
  std::string text = "JUROR_";
  for (const char c : name) {
    text +=
        c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

std::string Option::expected() const {
  if (!words.empty()) return words_text(words);
  switch (type()) {
    case OptionType::kBoolean:
      return "true or false";
    case OptionType::kInteger:
      return (zero_too ? "0, or a whole number" : "a whole number") + range_text(range);
    case OptionType::kNumber:
      return (zero_too ? "0, or a number" : "a number") + range_text(range);
    case OptionType::kText:
      break;
  }
  return "text";
}

void Option::set(const std::vector<std::string>& texts, const Origin& from) {
  std::visit(
      [&](auto* target) {
        auto value =
            parse_member(*this, texts, from, *target);  // checked even where it does not count
        if (from.source < origin.source) return;
        *target = std::move(value);
        origin = from;
      },
      member);
}

std::string Option::toml() const {
  return std::visit([](const auto* value) { return toml_value(*value); }, member);
}

std::string to_toml(const std::vector<Option>& options, bool with_origin) {
  std::string top, tables, table;
  const auto line = [&](const Option& option, const std::string& key) {
    std::string text = fmt::format("{} = {}", key, option.toml());
    if (with_origin) text = fmt::format("{:<36} # {}", text, option.origin.where);
    return text + "\n";
  };
  std::vector<const Option*> sorted;  // tables must not be interrupted by one another
  for (const Option& option : options) sorted.push_back(&option);
  const auto prefix = [](const Option& option) {
    const std::size_t dot = option.name.rfind('.');
    return dot == std::string::npos ? std::string() : option.name.substr(0, dot);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](auto* a, auto* b) { return prefix(*a) < prefix(*b); });
  for (const Option* option : sorted) {
    const std::string of = prefix(*option);
    if (of.empty()) {
      top += line(*option, option->name);
      continue;
    }
    if (of != table) tables += fmt::format("\n[{}]\n", table = of);
    tables += line(*option, option->name.substr(of.size() + 1));
  }
  return top + tables;
}

}  // namespace juror
