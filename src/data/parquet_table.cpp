// The rows of a parquet file. A row group's pictures stay in memory as long as a row of it lives.
#include "data/parquet.h"

#include <algorithm>

#include "data/table.h"

namespace juror {
namespace {

class ParquetTable : public Table {
 public:
  explicit ParquetTable(const std::filesystem::path& path)
      : path_(path), file_(open_parquet(path)) {}

  std::optional<Record> next() override {
    while (group_ == nullptr || in_group_ == group_->rows()) {
      group_ = nullptr;  // before the next is read
      if (next_group_ == file_->groups()) return std::nullopt;
      group_ = file_->group(next_group_++);
      in_group_ = 0;
    }
    Record record{.fields = group_->row(in_group_),
                  .place = fmt::format("'{}', row {}", path_.string(), row_)};
    if (!file_->pictures().empty()) record.picture = pictures_of_row();
    ++in_group_;
    ++row_;
    return record;
  }

 private:
  std::function<std::optional<ImageSource>(const std::string&)> pictures_of_row() const {
    return [group = group_, index = in_group_, row = row_, path = path_.string(),
            columns = file_->pictures()](const std::string& column) -> std::optional<ImageSource> {
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) return std::nullopt;
      return ImageSource{.name = fmt::format("'{}', row {}, {}", path, row, column),
                         .read = [group, index, column] { return group->picture(column, index); }};
    };
  }

  std::filesystem::path path_;
  std::unique_ptr<ParquetFile> file_;
  std::shared_ptr<const ParquetGroup> group_;
  int next_group_ = 0;
  std::int64_t in_group_ = 0, row_ = 0;
};

}  // namespace

std::unique_ptr<Table> open_parquet_table(const std::filesystem::path& file) {
  return std::make_unique<ParquetTable>(file);
}

}  // namespace juror
