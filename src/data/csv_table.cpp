// Comma-separated values (RFC 4180): the first line names the columns; quoted fields may hold
// commas, quotes and lines.
#include <fstream>

#include "data/table.h"

namespace juror {
namespace {

constexpr std::size_t kLongestField = 1 << 20;  // a lost quote must not swallow the file

class CsvTable : public Table {
 public:
  explicit CsvTable(const std::filesystem::path& file)
      : file_(file), stream_(file, std::ios::binary) {
    require(std::filesystem::is_regular_file(file) && stream_.is_open(),
            "'{}' is missing or no file.", file.string());
    names_ = read_line();
    require(!names_.empty(), "'{}' is empty; its first line must name the columns.", file.string());
    if (names_[0].starts_with("\xEF\xBB\xBF"))
      names_[0].erase(0, 3);  // the mark that spreadsheets write
  }

  std::optional<Record> next() override {
    const std::vector<std::string> values = read_line();
    if (values.empty()) return std::nullopt;
    const std::string place = fmt::format("{}:{}", file_.string(), began_);
    require(values.size() == names_.size(), "{}: {} values stand under {} columns.", place,
            values.size(), names_.size());
    nlohmann::json fields = nlohmann::json::object();
    for (std::size_t i = 0; i < values.size(); ++i) {
      fields[names_[i]] = values[i].empty() ? nlohmann::json(nullptr) : nlohmann::json(values[i]);
    }
    return Record{.fields = std::move(fields), .place = place};
  }

 private:
  int get() { return stream_.rdbuf()->sbumpc(); }
  int peek() { return stream_.rdbuf()->sgetc(); }

  /// The fields of the next line that is not blank; none at the end of the file.
  std::vector<std::string> read_line() {
    while (peek() == '\r' || peek() == '\n') line_ += get() == '\n';
    std::vector<std::string> fields;
    if (peek() == -1) return fields;
    began_ = line_;
    int end = ',';
    while (end == ',') fields.push_back(read_field(end));
    ++line_;
    return fields;
  }

  /// One field; `end` becomes what stopped it: a comma, a line break or -1.
  std::string read_field(int& end) {
    std::string field;
    bool quoted = peek() == '"';
    if (quoted) get();
    for (;;) {
      int c = get();
      require(field.size() < kLongestField, "{}:{}: a field is longer than {} MB.", file_.string(),
              began_, kLongestField >> 20);
      if (quoted && c == '"') {
        quoted = peek() == '"';  // twice: a quote; once: the end of the quotes
        if (quoted) field.push_back(static_cast<char>(get()));
        continue;
      }
      require(!(quoted && c == -1),
              "{}:{}: a quote is opened and never closed; the file may be cut short.",
              file_.string(), began_);
      if (!quoted && c == '\r' && peek() == '\n') c = get();
      if (!quoted && (c == ',' || c == '\n' || c == -1)) {
        end = c;
        return field;
      }
      line_ += c == '\n';
      field.push_back(static_cast<char>(c));
    }
  }

  std::filesystem::path file_;
  std::ifstream stream_;
  std::vector<std::string> names_;
  std::int64_t line_ = 1, began_ = 1;
};

}  // namespace

std::unique_ptr<Table> open_csv_table(const std::filesystem::path& file) {
  return std::make_unique<CsvTable>(file);
}

}  // namespace juror
