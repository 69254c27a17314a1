#include "data/parquet/cells.h"

#include <arrow/type.h>

#include "data/unread_cell.h"

namespace juror {
namespace {

using nlohmann::json;

template <class ArrayType>
auto value(const arrow::Array& array, std::int64_t index) {
  return static_cast<const ArrayType&>(array).Value(index);
}

template <class ListType>
json list_as_json(const arrow::Array& array, std::int64_t index) {
  const auto& list = static_cast<const ListType&>(array);
  json values = json::array();
  for (auto i = list.value_offset(index); i < list.value_offset(index + 1); ++i) {
    values.push_back(cell_as_json(*list.values(), i));
    if (is_unread(values.back())) return unread_cell(array.type()->ToString());
  }
  return values;
}

json text(std::string_view bytes) { return std::string(bytes); }

}  // namespace

bool holds_pictures(const arrow::DataType& type) {
  if (type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY) return true;
  if (type.id() != arrow::Type::STRUCT) return false;
  const auto bytes = static_cast<const arrow::StructType&>(type).GetFieldByName("bytes");
  return bytes != nullptr && holds_pictures(*bytes->type());
}

json cell_as_json(const arrow::Array& array, std::int64_t index) {
  if (array.IsNull(index)) return nullptr;
  switch (array.type_id()) {
    case arrow::Type::NA:
      return nullptr;
    case arrow::Type::BOOL:
      return value<arrow::BooleanArray>(array, index);
    case arrow::Type::INT8:
      return value<arrow::Int8Array>(array, index);
    case arrow::Type::INT16:
      return value<arrow::Int16Array>(array, index);
    case arrow::Type::INT32:
      return value<arrow::Int32Array>(array, index);
    case arrow::Type::INT64:
      return value<arrow::Int64Array>(array, index);
    case arrow::Type::UINT8:
      return value<arrow::UInt8Array>(array, index);
    case arrow::Type::UINT16:
      return value<arrow::UInt16Array>(array, index);
    case arrow::Type::UINT32:
      return value<arrow::UInt32Array>(array, index);
    case arrow::Type::UINT64:
      return value<arrow::UInt64Array>(array, index);
    case arrow::Type::FLOAT:
      return value<arrow::FloatArray>(array, index);
    case arrow::Type::DOUBLE:
      return value<arrow::DoubleArray>(array, index);
    case arrow::Type::TIMESTAMP:
      return value<arrow::TimestampArray>(array, index);
    case arrow::Type::DATE32:
      return value<arrow::Date32Array>(array, index);
    case arrow::Type::STRING:
      return text(static_cast<const arrow::StringArray&>(array).GetView(index));
    case arrow::Type::LARGE_STRING:
      return text(static_cast<const arrow::LargeStringArray&>(array).GetView(index));
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return cell_as_json(*dictionary.dictionary(), dictionary.GetValueIndex(index));
    }
    case arrow::Type::LIST:
      return list_as_json<arrow::ListArray>(array, index);
    case arrow::Type::LARGE_LIST:
      return list_as_json<arrow::LargeListArray>(array, index);
    case arrow::Type::FIXED_SIZE_LIST:
      return list_as_json<arrow::FixedSizeListArray>(array, index);
    case arrow::Type::STRUCT: {
      const auto path = static_cast<const arrow::StructArray&>(array).GetFieldByName("path");
      return path == nullptr ? unread_cell(array.type()->ToString()) : cell_as_json(*path, index);
    }
    default:
      return unread_cell(array.type()->ToString());
  }
}

Cell find_cell(const arrow::ChunkedArray& column, std::int64_t index) {
  int chunk = 0;
  while (index >= column.chunk(chunk)->length()) index -= column.chunk(chunk++)->length();
  return {*column.chunk(chunk), index};
}

std::optional<std::string_view> picture_bytes(const arrow::Array& array, std::int64_t index) {
  if (array.IsNull(index)) return std::nullopt;
  if (array.type_id() == arrow::Type::BINARY)
    return static_cast<const arrow::BinaryArray&>(array).GetView(index);
  if (array.type_id() == arrow::Type::LARGE_BINARY)
    return static_cast<const arrow::LargeBinaryArray&>(array).GetView(index);
  const auto bytes = static_cast<const arrow::StructArray&>(array).GetFieldByName("bytes");
  return bytes == nullptr ? std::nullopt : picture_bytes(*bytes, index);
}

}  // namespace juror
