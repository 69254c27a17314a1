// Single values of Arrow arrays. Knows no files.
#pragma once

#include <arrow/array.h>
#include <arrow/chunked_array.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace juror {

/// Whether a column holds pictures: binary, or a struct with a binary member "bytes" (Hugging
/// Face's Image).
bool holds_pictures(const arrow::DataType& type);

/// A value: null, bool, number, text, or a list of these; of a struct its member "path" (an Image
/// without its bytes). Times are numbers; a value of another type is `unread_cell`
/// (data/unread_cell.h) of the type's name: a format that asks for it refuses it, the others do not
/// mind.
nlohmann::json cell_as_json(const arrow::Array& array, std::int64_t index);

/// A value of a column in chunks: the chunk that holds it, and where in that.
struct Cell {
  const arrow::Array& chunk;
  std::int64_t index = 0;
};
Cell find_cell(const arrow::ChunkedArray& column, std::int64_t index);

/// The bytes of a picture column's cell, or nothing where it is null.
std::optional<std::string_view> picture_bytes(const arrow::Array& array, std::int64_t index);

}  // namespace juror
