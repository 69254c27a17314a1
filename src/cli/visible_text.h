// Text of others on a terminal: file names, thoughts and messages may hold what moves the cursor,
// colours the screen or turns the reading direction.
#pragma once

#include <string>
#include <string_view>

namespace juror {

/// `text` with all that is not seen written out: control characters as \x1b, those of Unicode
/// (C1, direction, line separators) as \u009b, bytes that are no UTF-8 as \xff. For people only:
/// backslashes stay, so it cannot be undone.
std::string visible_text(std::string_view text);

/// As `visible_text`, with line ends and tabs as they are.
std::string visible_lines(std::string_view text);

}  // namespace juror
