// Parser: tags.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/jinja/parser.h"
#include "text/jinja/parser_nested.h"

namespace juror::jinja {

Body Parser::parse() {
  Body body = body_until({});
  return body;
}

/// Statements up to a tag whose first word is one of `ends`, which is left to be taken; with no
/// ends, up to the end of the template.
Body Parser::body_until(std::vector<std::string_view> ends) {
  const Nested nested(*this);
  Body body;
  while (true) {
    Statement made;
    made.line = now().line;
    if (now().kind == Token::kEnd) {
      if (!ends.empty()) fail(fmt::format("{{% {} %}} is missing", ends.back()));
      return body;
    }
    if (now().kind == Token::kText) {
      made.text = take().text;
    } else if (now().kind == Token::kOutputBegin) {
      take();
      made.kind = Statement::kOutput;
      made.value = tuple();
      expect(Token::kOutputEnd);
    } else {
      take();
      const bool at_end =
          std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return is_name(end); });
      if (at_end) return body;
      made = statement();
      expect(Token::kTagEnd);
    }
    body.push_back(std::move(made));
  }
}

Statement Parser::statement() {
  using Parse = Statement (Parser::*)();
  constexpr std::array<std::pair<std::string_view, Parse>, 10> kTags = {{
      {"if", &Parser::parse_if},
      {"for", &Parser::parse_for},
      {"set", &Parser::parse_set},
      {"macro", &Parser::parse_macro},
      {"call", &Parser::parse_call},
      {"filter", &Parser::parse_filter_block},
      {"with", &Parser::parse_with},
      {"generation", &Parser::parse_with},
      {"break", &Parser::parse_loop_control},
      {"continue", &Parser::parse_loop_control},
  }};
  for (const auto& [word, parse] : kTags)
    if (is_name(word)) return (this->*parse)();
  fail(fmt::format("the tag '{}' is not known to Juror", now().text));
}

Statement Parser::parse_if() {
  Statement made;
  made.kind = Statement::kIf;
  made.line = now().line;
  bool is_else = false;
  do {
    is_else = take().text == "else";
    ExpressionPtr condition = is_else ? nullptr : tuple(/*with_condition=*/false);
    skip_operator(":");
    expect(Token::kTagEnd);
    ++conditions_;
    Body body = is_else ? body_until({"endif"}) : body_until({"elif", "else", "endif"});
    --conditions_;
    made.branches.emplace_back(std::move(condition), std::move(body));
  } while (!is_name("endif"));
  take();
  return made;
}

Statement Parser::parse_for() {
  Statement made;
  made.kind = Statement::kFor;
  made.line = take().line;
  made.target = parse_target(/*allow_tuple=*/true);
  expect_name("in");
  made.value = tuple(/*with_condition=*/false);
  if (skip_name("if")) made.condition = expression();
  if (is_name("recursive")) fail("a recursive for is not known to Juror");
  skip_operator(":");
  expect(Token::kTagEnd);
  const bool was_inside = std::exchange(inside_, true);
  ++loops_;
  made.body = body_until({"else", "endfor"});
  --loops_;
  if (skip_name("else")) {
    skip_operator(":");
    expect(Token::kTagEnd);
    made.otherwise = body_until({"endfor"});
  }
  inside_ = was_inside;
  expect_name("endfor");
  return made;
}

Target Parser::parse_one_target() {
  Target target;
  target.name = take_name();
  constexpr std::array<std::string_view, 6> kReserved = {"true", "false", "none",
                                                         "True", "False", "None"};
  if (std::find(kReserved.begin(), kReserved.end(), target.name) != kReserved.end())
    fail(fmt::format("'{}' cannot be assigned to", target.name));
  if (skip_operator(".")) {
    target.kind = Target::kNamespace;
    target.attribute = take_name();
  }
  return target;
}

Target Parser::parse_target(bool allow_tuple) {
  const bool has_bracket = allow_tuple && skip_operator("(");
  Target first = parse_one_target();
  if (!allow_tuple || !is_operator(",")) {
    if (has_bracket) expect_operator(")");
    return first;
  }
  Target target{Target::kTuple, "", "", {std::move(first)}};
  while (skip_operator(",") && now().kind == Token::kName && !is_name("in"))
    target.parts.push_back(parse_one_target());
  if (has_bracket) expect_operator(")");
  return target;
}

/// What {% set a | f %} and {% filter f %} end alike with: more filters, and a body until `end`.
void Parser::parse_captured(Statement& made, std::string_view end) {
  while (skip_operator("|")) made.value = filter(std::move(made.value));
  skip_operator(":");
  expect(Token::kTagEnd);
  made.body = body_until({end});
  expect_name(end);
}

Statement Parser::parse_set() {
  Statement made;
  made.kind = Statement::kSet;
  made.line = take().line;
  made.target = parse_target(/*allow_tuple=*/true);
  if (skip_operator("=")) {
    made.value = tuple();
    return made;
  }
  made.kind = Statement::kSetBlock;
  parse_captured(made, "endset");
  return made;
}

Parameters Parser::parse_parameters() {
  Parameters parameters;
  expect_operator("(");
  while (!is_operator(")")) {
    if (!parameters.names.empty()) expect_operator(",");
    parameters.names.push_back(take_name());
    if (skip_operator("=")) {
      parameters.defaults.push_back(expression());
    } else if (!parameters.defaults.empty()) {
      fail("a parameter without a default follows one with a default");
    }
  }
  expect_operator(")");
  return parameters;
}

Statement Parser::parse_macro() {
  Statement made;
  made.kind = Statement::kMacro;
  made.line = take().line;
  if (inside_) fail("a macro inside a for, a macro or a call is not known to Juror", made.line);
  made.macro = std::make_unique<Macro>();
  made.macro->name = take_name();
  made.macro->parameters = parse_parameters();
  skip_operator(":");
  expect(Token::kTagEnd);
  inside_ = true;
  made.macro->body = body_until({"endmacro"});
  inside_ = false;
  expect_name("endmacro");
  return made;
}

Statement Parser::parse_call() {
  Statement made;
  made.kind = Statement::kCall;
  made.line = take().line;
  made.macro = std::make_unique<Macro>();
  made.macro->name = "caller";
  if (is_operator("(")) made.macro->parameters = parse_parameters();
  made.value = expression();
  if (made.value->kind != Expression::kCall) fail("a call is expected", made.line);
  skip_operator(":");
  expect(Token::kTagEnd);
  const bool was_inside = std::exchange(inside_, true);
  const int loops = std::exchange(loops_, 0);
  made.macro->body = body_until({"endcall"});
  inside_ = was_inside;
  loops_ = loops;
  expect_name("endcall");
  return made;
}

Statement Parser::parse_filter_block() {
  Statement made;
  made.kind = Statement::kFilter;
  made.line = take().line;
  made.value = filter(nullptr);
  parse_captured(made, "endfilter");
  return made;
}

/// {% with a = 1 %} and transformers' {% generation %}: a body with a scope of its own.
Statement Parser::parse_with() {
  Statement made;
  made.kind = Statement::kScope;
  made.line = now().line;
  const bool is_generation = take().text == "generation";
  while (!is_generation && now().kind != Token::kTagEnd) {
    if (!made.assignments.empty()) expect_operator(",");
    Target target = parse_target(/*allow_tuple=*/false);
    expect_operator("=");
    made.assignments.emplace_back(std::move(target), expression());
  }
  expect(Token::kTagEnd);
  const bool was_inside = std::exchange(inside_, true);
  const int loops = is_generation ? std::exchange(loops_, 0) : loops_;
  const std::string_view end = is_generation ? "endgeneration" : "endwith";
  made.body = body_until({end});
  inside_ = was_inside;
  loops_ = loops;
  expect_name(end);
  return made;
}

Statement Parser::parse_loop_control() {
  Statement made;
  made.line = now().line;
  const std::string word = take().text;
  made.kind = word == "break" ? Statement::kBreak : Statement::kContinue;
  if (loops_ == 0) fail(fmt::format("'{}' stands outside a for", word), made.line);
  return made;
}

}  // namespace juror::jinja
