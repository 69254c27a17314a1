#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/jinja/parser.h"
#include "text/jinja/parser_nested.h"
#include "text/jinja/string_literal.h"

namespace juror::jinja {
namespace {

constexpr int kDeepestExpression = 150;

/// How an error calls a token.
std::string shown(const Token& token) {
  switch (token.kind) {
    case Token::kEnd:
      return "the end of the template";
    case Token::kTagEnd:
      return "%}";
    case Token::kOutputEnd:
      return "}}";
    case Token::kString:
      return "a string";
    default:
      return "'" + token.text + "'";
  }
}

}  // namespace

void Parser::fail(const std::string& what, int line) const {
  throw Error(fmt::format("{}:{}: {}", name_, line, what), ErrorKind::kModel);
}

bool Parser::is_operator(std::string_view text) const {
  return now().kind == Token::kOperator && now().text == text;
}
bool Parser::is_name(std::string_view text) const {
  return now().kind == Token::kName && now().text == text;
}
bool Parser::skip_operator(std::string_view text) {
  const bool found = is_operator(text);
  if (found) take();
  return found;
}
bool Parser::skip_name(std::string_view text) {
  const bool found = is_name(text);
  if (found) take();
  return found;
}
void Parser::expect_operator(std::string_view text) {
  if (!skip_operator(text)) fail(fmt::format("'{}' is expected, found {}", text, shown(now())));
}
void Parser::expect_name(std::string_view text) {
  if (!skip_name(text)) fail(fmt::format("'{}' is expected, found {}", text, shown(now())));
}
void Parser::expect(Token::Kind kind) {
  if (now().kind != kind) {
    fail(fmt::format("{} is expected, found {}", kind == Token::kTagEnd ? "%}" : "}}",
                     shown(now())));
  }
  take();
}
std::string Parser::take_name() {
  if (now().kind != Token::kName) fail(fmt::format("a name is expected, found {}", shown(now())));
  return take().text;
}

ExpressionPtr Parser::make(Expression::Kind kind, int line) const {
  auto made = std::make_unique<Expression>();
  made->kind = kind;
  made->line = line;
  return made;
}

void Parser::add_part(ExpressionPtr& outer, ExpressionPtr part) const {
  if (part) outer->depth = std::max(outer->depth, part->depth + 1);
  if (outer->depth > kDeepestExpression)
    fail(fmt::format("an expression is nested over {} deep", kDeepestExpression), outer->line);
  outer->parts.push_back(std::move(part));
}

ExpressionPtr Parser::expression(bool with_condition) {
  const Nested nested(*this);
  return with_condition ? condition() : either();
}

ExpressionPtr Parser::tuple(bool with_condition, bool may_be_empty) {
  const int line = now().line;
  const auto at_end = [&] {
    return now().kind == Token::kOutputEnd || now().kind == Token::kTagEnd || is_operator(")");
  };
  if (at_end() && !may_be_empty)
    fail(fmt::format("an expression is expected, found {}", shown(now())));
  ExpressionPtr row = make(Expression::kTuple, line);
  bool is_tuple = at_end();
  while (!at_end()) {
    add_part(row, expression(with_condition));
    if (!skip_operator(",")) break;
    is_tuple = true;
  }
  return is_tuple ? std::move(row) : std::move(row->parts[0]);
}

ExpressionPtr Parser::condition() {
  ExpressionPtr value = either();
  while (is_name("if")) {
    ExpressionPtr outer = make(Expression::kIf, take().line);
    add_part(outer, std::move(value));
    add_part(outer, either());
    add_part(outer, skip_name("else") ? expression() : nullptr);
    value = std::move(outer);
  }
  return value;
}

ExpressionPtr Parser::either() {
  ExpressionPtr left = both();
  while (is_name("or")) {
    ExpressionPtr outer = make(Expression::kOr, take().line);
    add_part(outer, std::move(left));
    add_part(outer, both());
    left = std::move(outer);
  }
  return left;
}

ExpressionPtr Parser::both() {
  ExpressionPtr left = negation();
  while (is_name("and")) {
    ExpressionPtr outer = make(Expression::kAnd, take().line);
    add_part(outer, std::move(left));
    add_part(outer, negation());
    left = std::move(outer);
  }
  return left;
}

ExpressionPtr Parser::negation() {
  if (!is_name("not")) return comparison();
  const Nested nested(*this);
  ExpressionPtr outer = make(Expression::kNot, take().line);
  add_part(outer, negation());
  return outer;
}

ExpressionPtr Parser::comparison() {
  constexpr std::array<std::string_view, 6> kComparisons = {"==", "!=", ">", ">=", "<", "<="};
  ExpressionPtr outer = make(Expression::kCompare, now().line);
  add_part(outer, sum());
  while (true) {
    const bool is_sign =
        now().kind == Token::kOperator &&
        std::find(kComparisons.begin(), kComparisons.end(), now().text) != kComparisons.end();
    if (is_sign || is_name("in")) {
      outer->operators.push_back(take().text);
    } else if (is_name("not") && next().kind == Token::kName && next().text == "in") {
      take();
      take();
      outer->operators.emplace_back("not in");
    } else {
      break;
    }
    add_part(outer, sum());
  }
  return outer->operators.empty() ? std::move(outer->parts[0]) : std::move(outer);
}

ExpressionPtr Parser::sum() {
  ExpressionPtr left = concatenation();
  while (is_operator("+") || is_operator("-")) {
    ExpressionPtr outer = make(Expression::kArithmetic, now().line);
    outer->name = take().text;
    add_part(outer, std::move(left));
    add_part(outer, concatenation());
    left = std::move(outer);
  }
  return left;
}

ExpressionPtr Parser::concatenation() {
  ExpressionPtr outer = make(Expression::kConcat, now().line);
  add_part(outer, product());
  while (skip_operator("~")) add_part(outer, product());
  return outer->parts.size() == 1 ? std::move(outer->parts[0]) : std::move(outer);
}

ExpressionPtr Parser::product() {
  ExpressionPtr left = power();
  while (is_operator("*") || is_operator("/") || is_operator("//") || is_operator("%")) {
    ExpressionPtr outer = make(Expression::kArithmetic, now().line);
    outer->name = take().text;
    add_part(outer, std::move(left));
    add_part(outer, power());
    left = std::move(outer);
  }
  return left;
}

ExpressionPtr Parser::power() {
  ExpressionPtr left = unary();
  while (is_operator("**")) {
    ExpressionPtr outer = make(Expression::kArithmetic, now().line);
    outer->name = take().text;
    add_part(outer, std::move(left));
    add_part(outer, unary());
    left = std::move(outer);
  }
  return left;
}

ExpressionPtr Parser::unary(bool with_filter) {
  const Nested nested(*this);
  ExpressionPtr value;
  if (is_operator("-") || is_operator("+")) {
    const bool negates = is_operator("-");
    value = make(negates ? Expression::kNegate : Expression::kPlus, take().line);
    add_part(value, unary(/*with_filter=*/false));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  return with_filter ? filters(std::move(value)) : std::move(value);
}

ExpressionPtr Parser::primary() {
  const int line = now().line;
  if (now().kind == Token::kName) {
    const std::string word = take().text;
    ExpressionPtr value = make(Expression::kConstant, line);
    if (word == "true" || word == "True" || word == "false" || word == "False") {
      value->constant = Value(word == "true" || word == "True");
    } else if (word != "none" && word != "None") {
      value->kind = Expression::kName;
      value->name = word;
    }
    return value;
  }
  if (is_operator("[")) return list();
  if (is_operator("{")) return dict();
  if (!skip_operator("(")) return literal();
  ExpressionPtr value = tuple(/*with_condition=*/true, /*may_be_empty=*/true);
  expect_operator(")");
  return value;
}

ExpressionPtr Parser::literal() {
  ExpressionPtr value = make(Expression::kConstant, now().line);
  try {
    if (now().kind == Token::kString) {
      std::string text;
      while (now().kind == Token::kString) text += take().text;
      value->constant = text_value(text);
    } else if (now().kind == Token::kInteger) {
      value->constant = Value(*read_integer(take().text));
    } else if (now().kind == Token::kFloat) {
      value->constant = Value(*read_float(take().text));
    } else {
      fail(fmt::format("an expression is expected, found {}", shown(now())));
    }
  } catch (const Fault& fault) {
    fail(fault.sentence, value->line);
  }
  return value;
}

ExpressionPtr Parser::list() {
  ExpressionPtr row = make(Expression::kList, take().line);
  while (!is_operator("]")) {
    if (!row->parts.empty()) expect_operator(",");
    if (is_operator("]")) break;
    add_part(row, expression());
  }
  expect_operator("]");
  return row;
}

ExpressionPtr Parser::dict() {
  ExpressionPtr made = make(Expression::kDict, take().line);
  while (!is_operator("}")) {
    if (!made->parts.empty()) expect_operator(",");
    if (is_operator("}")) break;
    add_part(made, expression());
    expect_operator(":");
    add_part(made, expression());
  }
  expect_operator("}");
  return made;
}

}  // namespace juror::jinja
