// Jinja's filters on rows of values. Private to the table of filters.
#pragma once

#include "text/jinja/interpreter.h"

namespace juror::jinja {

Value attribute_of(Interpreter& run, const Value& value, const Arguments& arguments);
Value dict_sorted(Interpreter& run, const Value& value, const Arguments& arguments);
Value first_of(Interpreter& run, const Value& value, const Arguments& arguments);
Value last_of(Interpreter& run, const Value& value, const Arguments& arguments);
Value items_of(Interpreter& run, const Value& value, const Arguments& arguments);
Value joined(Interpreter& run, const Value& value, const Arguments& arguments);
Value mapped(Interpreter& run, const Value& value, const Arguments& arguments);
Value extreme(Interpreter& run, const Value& value, const Arguments& arguments, bool largest);
/// select, reject, selectattr and rejectattr.
Value chosen(Interpreter& run, const Value& value, const Arguments& arguments, bool keep,
             bool by_attribute);
Value reversed(Interpreter& run, const Value& value, const Arguments& arguments);
Value sorted(Interpreter& run, const Value& value, const Arguments& arguments);
Value summed(Interpreter& run, const Value& value, const Arguments& arguments);
Value unique(Interpreter& run, const Value& value, const Arguments& arguments);

MarkedText repeat_text(std::string_view text, std::int64_t times);

}  // namespace juror::jinja
