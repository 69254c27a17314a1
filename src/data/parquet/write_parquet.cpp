// New parquet files: rows of JSON become columns.
#include <arrow/api.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include "data/parquet.h"
#include "data/parquet/edge.h"
#include "data/parquet/sink_stream.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostRows = 100;
constexpr std::int64_t kMostBytes = 64 << 20;  // of pictures, in one row group

std::shared_ptr<arrow::DataType> arrow_type(ParquetType type) {
  switch (type) {
    case ParquetType::kBool:
      return arrow::boolean();
    case ParquetType::kInt64:
      return arrow::int64();
    case ParquetType::kDouble:
      return arrow::float64();
    case ParquetType::kText:
      return arrow::utf8();
    case ParquetType::kBinary:
      return arrow::binary();
    case ParquetType::kTimestampNs:
      return arrow::timestamp(arrow::TimeUnit::NANO);
    case ParquetType::kImage:
      break;
  }
  return arrow::struct_(
      {arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8())});
}

/// A column as Hugging Face's datasets describes it.
Json feature(ParquetType type) {
  if (type == ParquetType::kImage) return {{"_type", "Image"}};
  std::string dtype = arrow_type(type)->ToString();
  if (type == ParquetType::kDouble) dtype = "float64";
  return {{"dtype", dtype == "double" ? "float64" : dtype}, {"_type", "Value"}};
}

std::shared_ptr<arrow::Schema> schema_of(std::span<const ParquetColumn> columns) {
  arrow::FieldVector fields;
  Json features = Json::object();
  for (const ParquetColumn& column : columns) {
    fields.push_back(arrow::field(column.name, arrow_type(column.type)));
    features[column.name] = feature(column.type);
  }
  const Json about = {{"info", {{"features", features}}}};
  return arrow::schema(fields, arrow::key_value_metadata({"huggingface"}, {about.dump()}));
}

template <class Builder>
Builder& as(arrow::ArrayBuilder& builder) {
  return static_cast<Builder&>(builder);
}

void append(arrow::ArrayBuilder& builder, ParquetType type, const Json& value) {
  if (value.is_null()) return check(builder.AppendNull());
  switch (type) {
    case ParquetType::kBool:
      return check(as<arrow::BooleanBuilder>(builder).Append(value.get<bool>()));
    case ParquetType::kInt64:
      return check(as<arrow::Int64Builder>(builder).Append(value.get<std::int64_t>()));
    case ParquetType::kDouble:
      return check(as<arrow::DoubleBuilder>(builder).Append(value.get<double>()));
    case ParquetType::kText:
      return check(as<arrow::StringBuilder>(builder).Append(value.get<std::string>()));
    case ParquetType::kBinary: {
      const std::vector<std::uint8_t>& bytes = value.get_binary();
      return check(as<arrow::BinaryBuilder>(builder).Append(
          bytes.data(), static_cast<std::int32_t>(bytes.size())));
    }
    case ParquetType::kTimestampNs:
      return check(as<arrow::TimestampBuilder>(builder).Append(value.get<std::int64_t>()));
    case ParquetType::kImage: {
      auto& image = as<arrow::StructBuilder>(builder);
      check(image.Append());
      append(*image.field_builder(0), ParquetType::kBinary, value.at("bytes"));
      append(*image.field_builder(1), ParquetType::kText, value.at("path"));
    }
  }
}

std::int64_t picture_bytes_of(const Json& value) {
  if (value.is_binary()) return static_cast<std::int64_t>(value.get_binary().size());
  return value.is_object() ? picture_bytes_of(value.at("bytes")) : 0;
}

class RowWriter : public ParquetWriter {
 public:
  RowWriter(std::span<const ParquetColumn> columns, ParquetSink* sink)
      : columns_(columns.begin(), columns.end()),
        schema_(schema_of(columns)),
        stream_(std::make_shared<SinkStream>(sink)) {
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::SNAPPY)
                                ->memory_pool(arrow::system_memory_pool())
                                ->build();
    const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    stream_->run([&] {
      writer_ = value_of(parquet::arrow::FileWriter::Open(*schema_, arrow::system_memory_pool(),
                                                          stream_, properties, arrow_properties));
    });
    for (const ParquetColumn& column : columns_)
      builders_.push_back(
          value_of(arrow::MakeBuilder(arrow_type(column.type), arrow::system_memory_pool())));
  }

  void add(const Json& row) override {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto value = row.find(columns_[i].name);
      append(*builders_[i], columns_[i].type, value == row.end() ? Json(nullptr) : *value);
      if (value != row.end()) bytes_ += picture_bytes_of(*value);
    }
    if (++rows_ >= kMostRows || bytes_ >= kMostBytes) flush();
  }

  void finish() override {
    flush();
    stream_->run([&] { check(writer_->Close()); });
  }

 private:
  void flush() {
    if (rows_ == 0) return;
    arrow::ArrayVector arrays;
    for (const auto& builder : builders_) arrays.push_back(value_of(builder->Finish()));
    const auto table = arrow::Table::Make(schema_, arrays, rows_);
    stream_->run([&] { check(writer_->WriteTable(*table, rows_)); });
    rows_ = bytes_ = 0;
  }

  std::vector<ParquetColumn> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<SinkStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::int64_t rows_ = 0, bytes_ = 0;
};

}  // namespace
}  // namespace juror

extern "C" __attribute__((visibility("default"))) juror::ParquetWriter* juror_create_parquet(
    std::span<const juror::ParquetColumn> columns, juror::ParquetSink* sink) {
  return new juror::RowWriter(columns, sink);
}
