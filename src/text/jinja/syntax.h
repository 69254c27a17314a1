// A parsed template. Owned by the template, read by the interpreter.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace juror::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

/// One expression. What `parts` hold stands with each kind.
struct Expression {
  enum Kind {
    kConstant,
    kName,
    kList,
    kTuple,
    kDict,       ///< key, value, key, value …
    kAttribute,  ///< object; `name` is the attribute
    kItem,       ///< object, index
    kSlice,      ///< object, start, stop, step (each but the first perhaps null)
    kCall,       ///< function, arguments …
    kFilter,     ///< value (null in a filter block), arguments …; `name` is the filter
    kTest,       ///< value, arguments …; `name` is the test
    kNegate,
    kPlus,
    kArithmetic,  ///< left, right; `name` is the operator
    kConcat,      ///< two or more
    kCompare,     ///< two or more; `operators` stand between them
    kAnd,
    kOr,
    kNot,
    kIf,  ///< value, condition, otherwise (perhaps null)
  };
  Kind kind = kConstant;
  int line = 0;
  int depth = 1;
  std::string name;
  Value constant;
  std::vector<ExpressionPtr> parts;
  std::vector<std::pair<std::string, ExpressionPtr>> keywords;
  std::vector<std::string> operators;
};

/// What a set or a for assigns to.
struct Target {
  enum Kind { kName, kNamespace, kTuple };
  Kind kind = kName;
  std::string name, attribute;  ///< kNamespace: `name.attribute`
  std::vector<Target> parts;    ///< kTuple
};

struct Statement;
using Body = std::vector<Statement>;

/// The parameters of a macro or a call block; the last ones may have defaults.
struct Parameters {
  std::vector<std::string> names;
  std::vector<ExpressionPtr> defaults;
};

/// A macro, or the body of a call block.
struct Macro {
  std::string name;
  Parameters parameters;
  Body body;
};

struct Statement {
  enum Kind {
    kText,
    kOutput,    ///< value
    kSet,       ///< target = value
    kSetBlock,  ///< target = what body writes, through `value` (a filter) if there is one
    kIf,        ///< branches
    kFor,       ///< target in value, condition, body, otherwise
    kMacro,
    kCall,    ///< value (a call), macro is its caller
    kFilter,  ///< body through value (a filter)
    kScope,   ///< assignments, then body in a scope of its own (with, generation)
    kBreak,
    kContinue,
  };
  Kind kind = kText;
  int line = 0;
  std::string text;
  Target target;
  ExpressionPtr value, condition;
  std::vector<std::pair<ExpressionPtr, Body>> branches;  ///< an else has no condition
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Body body, otherwise;
  std::unique_ptr<Macro> macro;
};

}  // namespace juror::jinja
