// What is said of votes that did not go as they should.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "judge/judge.h"

namespace juror {

/// A warning where a prompt is given and the template has no place for it.
void warn_of_ignored_prompt(const Judge& judge, const std::string& prompt, Context& context);

/// Warns where votes could not be read. Returns whether each comparison has one that counts.
bool warn_of_unread(const std::vector<Comparison>& comparisons, Context& context);

/// Warns where every vote so far had to be forced: perhaps the model was asked in a way that it
/// does not know.
void warn_of_forced(const Judge& judge, Context& context);

}  // namespace juror
