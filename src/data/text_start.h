// How a text file begins: byte-order marks.
#pragma once

#include <filesystem>
#include <istream>

namespace juror {

/// Steps over a UTF-8 byte-order mark at the start of `stream`, which must stand there. Throws
/// Error naming `file` when the mark is that of UTF-16 or UTF-32.
void skip_byte_order_mark(std::istream& stream, const std::filesystem::path& file);

}  // namespace juror
