// Parser: what may follow a value: attributes, indices, calls, filters and tests.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/jinja/parser.h"
#include "text/jinja/parser_nested.h"
#include "text/jinja/string_literal.h"

namespace juror::jinja {

ExpressionPtr Parser::postfix(ExpressionPtr object) {
  while (true) {
    if (is_operator(".") || is_operator("[")) {
      object = subscript(std::move(object));
    } else if (is_operator("(")) {
      ExpressionPtr call = make(Expression::kCall, now().line);
      add_part(call, std::move(object));
      arguments(*call);
      object = std::move(call);
    } else {
      return object;
    }
  }
}

ExpressionPtr Parser::subscript(ExpressionPtr object) {
  const int line = now().line;
  if (take().text == ".") {
    ExpressionPtr outer = make(Expression::kAttribute, line);
    add_part(outer, std::move(object));
    if (now().kind == Token::kInteger) {
      outer->kind = Expression::kItem;
      add_part(outer, literal());
    } else {
      outer->name = take_name();
    }
    return outer;
  }
  ExpressionPtr outer = make(Expression::kItem, line);
  add_part(outer, std::move(object));
  const auto bound = [&]() -> ExpressionPtr {
    return is_operator(":") || is_operator("]") ? nullptr : expression();
  };
  if (is_operator("]")) fail("an index is expected, found ']'");
  add_part(outer, bound());
  if (is_operator(":")) {
    outer->kind = Expression::kSlice;
    for (int i = 0; i < 2; ++i) add_part(outer, skip_operator(":") ? bound() : nullptr);
  }
  if (is_operator(",")) fail("an index of several parts is not known to Juror");
  expect_operator("]");
  return outer;
}

void Parser::arguments(Expression& call) {
  const Nested nested(*this);
  expect_operator("(");
  bool needs_comma = false;
  while (!is_operator(")")) {
    if (needs_comma) {
      expect_operator(",");
      if (is_operator(")")) break;
    }
    needs_comma = true;
    if (is_operator("*") || is_operator("**"))
      fail("arguments given by * and ** are not known to Juror");
    if (now().kind == Token::kName && next().kind == Token::kOperator && next().text == "=") {
      const std::string key = take().text;
      take();
      ExpressionPtr value = expression();
      call.depth = std::max(call.depth, value->depth + 1);
      call.keywords.emplace_back(key, std::move(value));
      continue;
    }
    if (!call.keywords.empty()) fail("an argument without a name follows one with a name");
    ExpressionPtr value = expression();
    call.depth = std::max(call.depth, value->depth + 1);
    call.parts.push_back(std::move(value));
  }
  expect_operator(")");
}

ExpressionPtr Parser::filters(ExpressionPtr value) {
  while (true) {
    if (skip_operator("|")) {
      value = filter(std::move(value));
    } else if (is_name("is")) {
      value = test(std::move(value));
    } else if (is_operator("(")) {
      value = postfix(std::move(value));
    } else {
      return value;
    }
  }
}

ExpressionPtr Parser::filter(ExpressionPtr value) {
  ExpressionPtr outer = make(Expression::kFilter, now().line);
  outer->name = take_name();
  if (conditions_ == 0 && !is_filter(outer->name))
    fail(fmt::format("the filter '{}' is not known to Juror", outer->name), outer->line);
  add_part(outer, std::move(value));
  if (is_operator("(")) arguments(*outer);
  return outer;
}

ExpressionPtr Parser::test(ExpressionPtr value) {
  ExpressionPtr outer = make(Expression::kTest, take().line);
  const bool negated = skip_name("not");
  outer->name = take_name();
  if (conditions_ == 0 && !is_test(outer->name))
    fail(fmt::format("the test '{}' is not known to Juror", outer->name), outer->line);
  add_part(outer, std::move(value));
  const bool is_value = now().kind == Token::kString || now().kind == Token::kInteger ||
                        now().kind == Token::kFloat || is_operator("[") || is_operator("{");
  const bool is_word = now().kind == Token::kName && !is_name("else") && !is_name("or") &&
                       !is_name("and") && !is_name("if") && !is_name("is");
  if (is_operator("(")) {
    arguments(*outer);
  } else if (is_name("is")) {
    fail("tests cannot be chained with 'is'");
  } else if (is_value || is_word) {
    add_part(outer, postfix(primary()));
  }
  if (!negated) return outer;
  ExpressionPtr inverse = make(Expression::kNot, outer->line);
  add_part(inverse, std::move(outer));
  return inverse;
}

}  // namespace juror::jinja
