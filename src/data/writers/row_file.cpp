#include "data/writers/row_file.h"

#include <set>

#include "base/file.h"
#include "data/parquet.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Names of files may be any bytes, JSON is UTF-8.
std::string dump(const Json& row) {
  return row.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class JsonFile : public RowFile {
 public:
  JsonFile(const fs::path& file, bool is_list) : file_(file), is_list_(is_list) {}

  void add(const Json& row) override {
    const char* before = !is_list_ ? "" : is_first_ ? "[\n" : ",\n";
    file_.write(before + dump(row) + (is_list_ ? "" : "\n"));
    is_first_ = false;
  }
  void finish() override {
    if (is_list_) file_.write(is_first_ ? "[]\n" : "\n]\n");
    file_.commit();
  }

 private:
  AtomicFile file_;
  bool is_list_, is_first_ = true;
};

/// A last column `group` stands there where there are several.
class CsvFile : public RowFile {
 public:
  explicit CsvFile(const fs::path& file) : file_(file) {}

  void add(const Json& row) override {
    rows_.push_back(row);
    groups_.insert(row.at("group").get<std::string>());
  }
  void finish() override {
    file_.write("path,rank,score,ci_low,ci_high,reason");
    file_.write(groups_.size() > 1 ? ",group\r\n" : "\r\n");
    for (Json& row : rows_) {
      if (groups_.size() < 2) row.erase("group");
      std::string line;
      for (const Json& value : row) line += (line.empty() ? "" : ",") + csv_cell(value);
      file_.write(line + "\r\n");
    }
    file_.commit();
  }

 private:
  AtomicFile file_;
  ExportRows rows_;
  std::set<std::string> groups_;
};

class ParquetRowFile : public RowFile {
 public:
  ParquetRowFile(const ExportFormat& format, const fs::path& file)
      : writer_(create_parquet(file, format.columns)) {}
  void add(const Json& row) override { writer_->add(row); }
  void finish() override { writer_->finish(); }

 private:
  std::unique_ptr<ParquetWriter> writer_;
};

}  // namespace

std::string csv_cell(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::unique_ptr<RowFile> open_row_file(const ExportFormat& format, const fs::path& file) {
  if (format.storage == Storage::kCsv) return std::make_unique<CsvFile>(file);
  if (format.storage == Storage::kParquet) return std::make_unique<ParquetRowFile>(format, file);
  const bool is_list = format.storage == Storage::kFolder && file.extension() == ".json";
  return std::make_unique<JsonFile>(file, is_list);
}

}  // namespace juror
