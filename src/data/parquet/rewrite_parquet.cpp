// A parquet file copied row group by row group, with new values in some columns.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/metadata.h>

#include "data/parquet.h"
#include "data/parquet/edge.h"
#include "data/parquet/sink_stream.h"

namespace juror {
namespace {

using Json = nlohmann::json;

void append(arrow::ArrayBuilder& builder, const std::string& column, const Json& value) {
  if (value.is_null()) return check(builder.AppendNull());
  switch (builder.type()->id()) {
    case arrow::Type::DOUBLE:
      return check(static_cast<arrow::DoubleBuilder&>(builder).Append(value.get<double>()));
    case arrow::Type::FLOAT:
      return check(static_cast<arrow::FloatBuilder&>(builder).Append(value.get<float>()));
    case arrow::Type::BOOL:
      return check(static_cast<arrow::BooleanBuilder&>(builder).Append(value.get<bool>()));
    case arrow::Type::STRING:
      return check(static_cast<arrow::StringBuilder&>(builder).Append(value.get<std::string>()));
    case arrow::Type::LARGE_STRING:
      return check(
          static_cast<arrow::LargeStringBuilder&>(builder).Append(value.get<std::string>()));
    default:
      throw Error(fmt::format("The column '{}' is of the type {}, in which no label is written.",
                              column, builder.type()->ToString()));
  }
}

std::shared_ptr<arrow::ChunkedArray> array_of(const std::string& column,
                                              const std::shared_ptr<arrow::DataType>& type,
                                              const std::vector<Json>& values) {
  const auto builder = value_of(arrow::MakeBuilder(type, arrow::system_memory_pool()));
  for (const Json& value : values) append(*builder, column, value);
  return std::make_shared<arrow::ChunkedArray>(value_of(builder->Finish()));
}

/// The compression of each column, as the first row group has it.
std::shared_ptr<parquet::WriterProperties> properties_of(const parquet::FileMetaData& metadata) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(arrow::system_memory_pool());
  if (metadata.num_row_groups() == 0) return builder.build();
  const auto group = metadata.RowGroup(0);
  for (int i = 0; i < group->num_columns(); ++i) {
    const auto column = group->ColumnChunk(i);
    builder.compression(column->path_in_schema(), column->compression());
  }
  return builder.build();
}

class GroupRewriter : public ParquetRewriter {
 public:
  GroupRewriter(const std::string& path, ParquetSink* sink)
      : path_(path), stream_(std::make_shared<SinkStream>(sink)) {
    try {
      parquet::arrow::FileReaderBuilder builder;
      check(builder.Open(value_of(arrow::io::ReadableFile::Open(path, arrow::system_memory_pool())),
                         parquet::ReaderProperties(arrow::system_memory_pool())));
      reader_ = value_of(builder.memory_pool(arrow::system_memory_pool())->Build());
      reader_->set_use_threads(false);
      check(reader_->GetSchema(&schema_));
    } catch (const std::exception& error) {
      throw Error(fmt::format("'{}' cannot be read as parquet; it may be cut short or corrupt. {}",
                              path_, error.what()));
    }
    const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    stream_->run([&] {
      writer_ = value_of(parquet::arrow::FileWriter::Open(
          *schema_, arrow::system_memory_pool(), stream_,
          properties_of(*reader_->parquet_reader()->metadata()), arrow_properties));
    });
  }

  int groups() const override { return reader_->num_row_groups(); }
  bool has(const std::string& column) const override { return schema_->GetFieldIndex(column) >= 0; }

  void copy(const ParquetColumns& changed) override {
    std::shared_ptr<arrow::Table> table;
    try {
      table = value_of(reader_->ReadRowGroup(next_));
    } catch (const std::exception& error) {
      throw Error(fmt::format("'{}', row group {}: {}", path_, next_, error.what()));
    }
    for (const auto& [name, values] : changed) {
      const int index = schema_->GetFieldIndex(name);
      require(index >= 0, "'{}' has no column '{}'.", path_, name);
      require(static_cast<std::int64_t>(values.size()) == table->num_rows(),
              "'{}', row group {}: {} values for {} rows.", path_, next_, values.size(),
              table->num_rows());
      const auto& field = schema_->field(index);
      table = value_of(table->SetColumn(index, field, array_of(name, field->type(), values)));
    }
    ++next_;
    stream_->run(
        [&] { check(writer_->WriteTable(*table, std::max<std::int64_t>(1, table->num_rows()))); });
  }

  void finish() override {
    stream_->run([&] { check(writer_->Close()); });
  }

 private:
  std::string path_;
  std::shared_ptr<SinkStream> stream_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  int next_ = 0;
};

}  // namespace
}  // namespace juror

extern "C" __attribute__((visibility("default"))) juror::ParquetRewriter* juror_rewrite_parquet(
    const char* path, juror::ParquetSink* sink) {
  return new juror::GroupRewriter(path, sink);
}
