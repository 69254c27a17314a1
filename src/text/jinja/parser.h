// Tokens to a syntax tree, by Jinja's grammar. What Juror does not run is refused here, with file
// and line: other tags, and filters and tests that no if keeps from being reached (as in Jinja).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/lexer.h"
#include "text/jinja/syntax.h"

namespace juror::jinja {

/// Reads a template. Throws Error (kModel) naming template and line. Source: jinja2 3.1's
/// parser.py.
class Parser {
 public:
  Parser(std::vector<Token> tokens, std::string name)
      : tokens_(std::move(tokens)), name_(std::move(name)) {}
  Body parse();

 private:
  // parse_statement.cpp
  Body body_until(std::vector<std::string_view> ends);
  Statement statement();
  Statement parse_for();
  Statement parse_if();
  Statement parse_set();
  Statement parse_macro();
  Statement parse_call();
  Statement parse_filter_block();
  void parse_captured(Statement& made, std::string_view end);
  Statement parse_with();
  Statement parse_loop_control();
  Parameters parse_parameters();
  Target parse_target(bool allow_tuple);
  Target parse_one_target();

  // parse_expression.cpp
  ExpressionPtr expression(bool with_condition = true);
  ExpressionPtr tuple(bool with_condition = true, bool may_be_empty = false);
  ExpressionPtr condition();
  ExpressionPtr either();
  ExpressionPtr both();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr unary(bool with_filter = true);
  ExpressionPtr primary();
  ExpressionPtr literal();
  ExpressionPtr list();
  ExpressionPtr dict();
  ExpressionPtr postfix(ExpressionPtr object);
  ExpressionPtr subscript(ExpressionPtr object);
  ExpressionPtr filters(ExpressionPtr value);
  ExpressionPtr filter(ExpressionPtr value);
  ExpressionPtr test(ExpressionPtr value);
  void arguments(Expression& call);
  ExpressionPtr make(Expression::Kind kind, int line) const;
  /// `outer` with `part` added, its depth counted.
  void add_part(ExpressionPtr& outer, ExpressionPtr part) const;

  const Token& now() const { return tokens_[at_]; }
  const Token& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is_operator(std::string_view text) const;
  bool is_name(std::string_view text) const;
  bool skip_operator(std::string_view text);
  bool skip_name(std::string_view text);
  void expect_operator(std::string_view text);
  void expect_name(std::string_view text);
  void expect(Token::Kind kind);
  std::string take_name();
  [[noreturn]] void fail(const std::string& what) const { fail(what, now().line); }
  [[noreturn]] void fail(const std::string& what, int line) const;

  struct Nested;  // counts how deep the parser is, so that no template exhausts the stack

  std::vector<Token> tokens_;
  std::string name_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int conditions_ = 0;   // ifs around the expression: what is not known there may never be reached
  int loops_ = 0;        // for loops around the statement, inside the macro
  bool inside_ = false;  // a for, macro or call is open: no macro may be defined
};

/// Whether filters and tests of this name are known (see filters.cpp, tests.cpp).
bool is_filter(std::string_view name);
bool is_test(std::string_view name);

}  // namespace juror::jinja
