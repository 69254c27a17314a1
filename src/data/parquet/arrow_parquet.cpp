// libjuror-parquet.so: parquet through Arrow (data/parquet.h says why it stands apart): reading.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>

#include <mutex>

#include "base/error.h"
#include "data/parquet.h"
#include "data/parquet/cells.h"
#include "data/parquet/edge.h"

namespace juror {
namespace {

/// Runs `work`; whatever Arrow throws or reports becomes an Error that begins with the file's name.
template <class Work>
auto named(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    throw Error(fmt::format("'{}' cannot be read as parquet; it may be cut short or corrupt. {}",
                            path, error.what()));
  }
}

/// Row groups are read from several threads through one reader.
struct SharedReader {
  std::string path;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::mutex mutex;

  std::shared_ptr<arrow::Table> read(int group, const std::vector<int>& leaves) {
    return named(path, [&] {
      const std::lock_guard lock(mutex);
      return value_of(reader->ReadRowGroup(group, leaves));
    });
  }
};

/// Leaf columns (parquet counts those, not the columns people see).
struct Leaves {
  std::vector<int> plain, pictures;
};

class ArrowGroup : public ParquetGroup {
 public:
  ArrowGroup(std::shared_ptr<SharedReader> file, int group, Leaves leaves)
      : file_(std::move(file)),
        group_(group),
        leaves_(std::move(leaves)),
        plain_(file_->read(group, leaves_.plain)),
        rows_(file_->reader->parquet_reader()->metadata()->RowGroup(group)->num_rows()) {}

  std::int64_t rows() const override { return rows_; }

  nlohmann::json row(std::int64_t index) const override {
    nlohmann::json row = nlohmann::json::object();
    for (int i = 0; i < plain_->num_columns(); ++i) {
      const Cell cell = find_cell(*plain_->column(i), index);
      row[plain_->field(i)->name()] = cell_as_json(cell.chunk, cell.index);
    }
    return row;
  }

  std::vector<std::uint8_t> picture(const std::string& column, std::int64_t index) const override {
    std::call_once(loaded_, [this] { pictures_ = file_->read(group_, leaves_.pictures); });
    const std::shared_ptr<arrow::ChunkedArray> array = pictures_->GetColumnByName(column);
    require(array != nullptr, "'{}' has no column '{}'.", file_->path, column);
    const Cell cell = find_cell(*array, index);
    const auto bytes = picture_bytes(cell.chunk, cell.index);
    require(bytes.has_value() && !bytes->empty(),
            "'{}': the picture '{}' of row {} of row group {} is empty.", file_->path, column,
            index, group_);
    return {bytes->begin(), bytes->end()};
  }

 private:
  std::shared_ptr<SharedReader> file_;
  int group_;
  Leaves leaves_;
  std::shared_ptr<arrow::Table> plain_;
  std::int64_t rows_;
  mutable std::once_flag loaded_;
  mutable std::shared_ptr<arrow::Table> pictures_;
};

class ArrowFile : public ParquetFile {
 public:
  explicit ArrowFile(const std::string& path) : file_(std::make_shared<SharedReader>()) {
    file_->path = path;
    named(path, [&] {
      parquet::arrow::FileReaderBuilder builder;
      auto source = value_of(arrow::io::ReadableFile::Open(path, arrow::system_memory_pool()));
      const arrow::Status opened =
          builder.Open(std::move(source), parquet::ReaderProperties(arrow::system_memory_pool()));
      require(opened.ok(), "{}", opened.ToString());
      file_->reader = value_of(builder.memory_pool(arrow::system_memory_pool())->Build());
      file_->reader->set_use_threads(false);
      sort_columns();
    });
  }

  int groups() const override { return file_->reader->num_row_groups(); }
  const std::vector<std::string>& pictures() const override { return pictures_; }
  std::shared_ptr<const ParquetGroup> group(int index) override {
    return std::make_shared<ArrowGroup>(file_, index, leaves_);
  }

 private:
  void sort_columns() {
    for (const parquet::arrow::SchemaField& column : file_->reader->manifest().schema_fields) {
      const bool is_picture = holds_pictures(*column.field->type());
      if (is_picture) pictures_.push_back(column.field->name());
      add_leaves(column, is_picture ? leaves_.pictures : leaves_.plain, is_picture);
    }
  }

  /// The path beside a picture's bytes is plain: it is wanted without them.
  void add_leaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves,
                  bool is_picture) {
    if (field.is_leaf()) leaves.push_back(field.column_index);
    for (const parquet::arrow::SchemaField& child : field.children) {
      add_leaves(child, is_picture && child.field->name() == "path" ? leaves_.plain : leaves,
                 is_picture);
    }
  }

  std::shared_ptr<SharedReader> file_;
  std::vector<std::string> pictures_;
  Leaves leaves_;
};

}  // namespace
}  // namespace juror

extern "C" __attribute__((visibility("default"))) juror::ParquetFile* juror_open_parquet(
    const char* path) {
  return new juror::ArrowFile(path);
}
