#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/jinja/characters.h"
#include "text/jinja/string_literal.h"
#include "text/unicode.h"

namespace juror::jinja {
namespace {

/// Line ends as "\n", and without the last one.
std::string with_unix_lines(std::string_view source) {
  std::string text;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const bool is_pair = source[i] == '\r' && source.substr(i + 1).starts_with('\n');
    if (!is_pair) text += source[i] == '\r' ? '\n' : source[i];
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view source, const std::string& name)
      : source_(with_unix_lines(source)), name_(name) {}
  std::vector<Token> run();

 private:
  std::string_view rest() const { return std::string_view(source_).substr(at_); }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}:{}: {}", name_, line_, what), ErrorKind::kModel);
  }
  void add(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), line_});
  }
  void advance(std::size_t count);
  void skip_space();
  void add_text(std::string_view text, char sign, bool is_output);
  char take_sign();
  bool take_raw();
  void finish_raw();
  void take_comment();
  void end_tag(std::size_t length, bool trims_line);
  bool at_tag_end(bool is_output);
  void take_tag(bool is_output);
  void take_word();
  void take_number();
  void take_string();
  void take_operator();

  std::string source_;
  const std::string& name_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;  // what came before ended a line
  std::string open_brackets_;
};

void Lexer::advance(std::size_t count) {
  line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                       source_.begin() + static_cast<std::ptrdiff_t>(at_ + count),
                                       '\n'));
  at_ += count;
}

void Lexer::skip_space() {
  std::size_t end = 0;
  while (end < rest().size() && is_space(character_at(rest(), end)))
    end += utf8_step(rest().substr(end)).length;
  advance(end);
}

char Lexer::take_sign() {
  const char sign = rest().starts_with('-') || rest().starts_with('+') ? rest()[0] : ' ';
  if (sign != ' ') advance(1);
  return sign;
}

/// The text before a tag, without the white space that the tag takes away. `sign` is the tag's.
void Lexer::add_text(std::string_view text, char sign, bool is_output) {
  MarkedText kept(text, Origin::kTemplate);
  if (sign == '-') {
    kept = strip(kept, "", /*left=*/false, /*right=*/true);
  } else if (sign != '+' && !is_output) {
    const std::size_t line_begin = text.rfind('\n') + 1;
    const MarkedText last(text.substr(line_begin), Origin::kTemplate);
    const bool is_blank = strip(last, "", /*left=*/true, /*right=*/false).empty();
    if ((line_begin > 0 || line_starting_) && is_blank) kept = kept.cut(0, line_begin);
  }
  if (!kept.empty()) add(Token::kText, kept.bytes);
}

/// Goes past the end of a tag of `length` characters, whose first may be a sign.
void Lexer::end_tag(std::size_t length, bool trims_line) {
  const char sign = rest()[0];
  advance(length);
  const std::size_t begin = at_;
  if (sign == '-') skip_space();
  if (trims_line && sign != '-' && sign != '+' && rest().starts_with('\n')) advance(1);
  line_starting_ = at_ > begin && source_[at_ - 1] == '\n';
}

void Lexer::take_comment() {
  const std::size_t end = rest().find("#}");
  if (end == std::string_view::npos) fail("a comment has no end; #} is expected");
  const bool has_sign = end > 0 && (rest()[end - 1] == '-' || rest()[end - 1] == '+');
  advance(has_sign ? end - 1 : end);
  end_tag(has_sign ? 3 : 2, /*trims_line=*/true);
}

/// Past {% raw %}, if it stands here (`at_` is behind the opening sign).
bool Lexer::take_raw() {
  const std::size_t begin = at_;
  const int line = line_;
  skip_space();
  if (rest().starts_with("raw")) {
    advance(3);
    skip_space();
    if (rest().starts_with("-%}") || rest().starts_with("%}")) {
      end_tag(rest()[0] == '-' ? 3 : 2, /*trims_line=*/false);
      return true;
    }
  }
  at_ = begin;
  line_ = line;
  return false;
}

void Lexer::finish_raw() {
  for (std::size_t open = rest().find("{%"); open != std::string_view::npos;
       open = rest().find("{%", open + 2)) {
    const std::size_t begin = at_;
    const int line = line_;
    const std::string text(rest().substr(0, open));
    advance(open + 2);
    const char sign = take_sign();
    skip_space();
    if (rest().starts_with("endraw")) {
      advance(6);
      skip_space();
      const bool has_sign = rest().starts_with("-%}") || rest().starts_with("+%}");
      if (has_sign || rest().starts_with("%}")) {
        add_text(text, sign, /*is_output=*/false);
        return end_tag(has_sign ? 3 : 2, /*trims_line=*/true);
      }
    }
    at_ = begin;
    line_ = line;
  }
  fail("{% raw %} has no end; {% endraw %} is expected");
}

bool Lexer::at_tag_end(bool is_output) {
  if (!open_brackets_.empty()) return false;
  const std::string_view closing = is_output ? "}}" : "%}";
  const bool has_sign = rest().starts_with('-') || (!is_output && rest().starts_with('+'));
  if (!rest().substr(has_sign ? 1 : 0).starts_with(closing)) return false;
  add(is_output ? Token::kOutputEnd : Token::kTagEnd, "");
  end_tag(has_sign ? 3 : 2, /*trims_line=*/!is_output);
  return true;
}

void Lexer::take_word() {
  std::size_t end = 0;
  while (end < rest().size() && (is_letter(rest()[end]) || is_digit(rest()[end]))) ++end;
  add(Token::kName, std::string(rest().substr(0, end)));
  advance(end);
}

void Lexer::take_number() {
  const auto digits = [&](std::size_t from) {
    while (from < rest().size() && is_digit(rest()[from])) ++from;
    return from;
  };
  std::size_t end = digits(0);
  bool is_float = false;
  const bool behind_dot = at_ > 0 && source_[at_ - 1] == '.';
  if (!behind_dot && end + 1 < rest().size() && rest()[end] == '.' && is_digit(rest()[end + 1])) {
    is_float = true;
    end = digits(end + 1);
  }
  if (!behind_dot && end < rest().size() && (rest()[end] == 'e' || rest()[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < rest().size() && (rest()[exponent] == '+' || rest()[exponent] == '-'))
      ++exponent;
    if (digits(exponent) > exponent) {
      is_float = true;
      end = digits(exponent);
    }
  }
  const std::string text(rest().substr(0, end));
  const bool goes_on = end < rest().size() && is_letter(rest()[end]);
  const bool odd_zero = !is_float && text[0] == '0' && text.find_first_not_of('0') < text.size();
  if (goes_on || odd_zero)
    fail(fmt::format("the number {}… is not of a kind that Juror knows", text));
  add(is_float ? Token::kFloat : Token::kInteger, text);
  advance(end);
}

void Lexer::take_string() {
  const char quote = rest()[0];
  std::size_t end = 1;
  while (end < rest().size() && rest()[end] != quote) end += rest()[end] == '\\' ? 2 : 1;
  if (end >= rest().size()) fail("a string has no end");
  try {
    add(Token::kString, unescape(rest().substr(1, end - 1)));
  } catch (const Fault& fault) {
    fail(fault.sentence);
  }
  advance(end + 1);
}

void Lexer::take_operator() {
  constexpr std::array<std::string_view, 26> kOperators = {
      "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
      "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
  const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                  [&](std::string_view op) { return rest().starts_with(op); });
  if (found == kOperators.end()) {
    const std::size_t length = utf8_step(rest()).length;
    fail(fmt::format("unexpected character '{}'", rest().substr(0, length)));
  }
  const char first = (*found)[0];
  if (first == '(') open_brackets_ += ')';
  if (first == '[') open_brackets_ += ']';
  if (first == '{') open_brackets_ += '}';
  if (first == ')' || first == ']' || first == '}') {
    if (open_brackets_.empty() || open_brackets_.back() != first)
      fail(fmt::format("unexpected '{}'", first));
    open_brackets_.pop_back();
  }
  add(Token::kOperator, std::string(*found));
  advance(found->size());
}

void Lexer::take_tag(bool is_output) {
  add(is_output ? Token::kOutputBegin : Token::kTagBegin, "");
  for (skip_space(); !at_tag_end(is_output); skip_space()) {
    if (rest().empty())
      fail(fmt::format("a tag has no end; {} is expected", is_output ? "}}" : "%}"));
    const char next = rest()[0];
    if (is_letter(next)) {
      take_word();
    } else if (is_digit(next)) {
      take_number();
    } else if (next == '\'' || next == '"') {
      take_string();
    } else {
      take_operator();
    }
  }
}

std::vector<Token> Lexer::run() {
  while (at_ < source_.size()) {
    std::size_t open = 0;
    while ((open = rest().find('{', open)) != std::string_view::npos &&
           (open + 1 >= rest().size() || std::string_view("{%#").find(rest()[open + 1]) > 2))
      ++open;
    if (open == std::string_view::npos) {
      add(Token::kText, std::string(rest()));
      break;
    }
    const std::string text(rest().substr(0, open));
    const char kind = rest()[open + 1];
    advance(open + 2);
    const char sign = take_sign();
    add_text(text, sign, kind == '{');
    if (kind == '#') {
      take_comment();
    } else if (kind == '%' && take_raw()) {
      finish_raw();
    } else {
      take_tag(kind == '{');
    }
  }
  add(Token::kEnd, "");
  return std::move(tokens_);
}

}  // namespace

std::vector<Token> tokenize(std::string_view source, const std::string& name) {
  return Lexer(source, name).run();
}

}  // namespace juror::jinja
