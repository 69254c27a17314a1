// Single values of Arrow arrays. Knows no files.
#pragma once

#include <arrow/array.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace juror {

/// Whether a column holds pictures: binary, or a struct with a binary member "bytes" (Hugging Face's Image).
bool holds_pictures(const arrow::DataType& type);

/// A value: null, bool, number, text, or a list of these; of a struct its member "path" (an Image without its bytes). Times
/// are numbers. Throws Error naming `column` for another type.
nlohmann::json cell_as_json(const arrow::Array& array, std::int64_t index, const std::string& column);

/// The bytes of a picture column's cell, or nothing where it is null.
std::optional<std::string_view> picture_bytes(const arrow::Array& array, std::int64_t index);

}  // namespace juror
