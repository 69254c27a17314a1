// Comma-separated values (RFC 4180) and their kin with semicolons or tabs: the first line names the
// columns; quoted fields may hold delimiters, quotes and lines.
#include <fstream>
#include <set>

#include "base/trimmed.h"
#include "data/table.h"
#include "data/text_start.h"

namespace juror {
namespace {

constexpr std::size_t kLongestField = 1 << 20;  // a lost quote must not swallow the file
constexpr char kDelimiters[] = {',', ';', '\t'};

bool is_utf8(const std::string& text) {
  const nlohmann::json json(text);
  try {
    json.dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

class CsvTable : public Table {
 public:
  explicit CsvTable(const std::filesystem::path& file)
      : file_(file), stream_(file, std::ios::binary) {
    require(std::filesystem::is_regular_file(file) && stream_.is_open(),
            "'{}' is missing or no file.", file.string());
    skip_byte_order_mark(stream_, file);
    delimiter_ = find_delimiter();
    read_names();
  }

  std::optional<Record> next() override {
    const std::vector<std::string> values = read_line();
    if (values.empty()) return std::nullopt;
    const std::string place = fmt::format("{}:{}", file_.string(), began_);
    require(values.size() == names_.size(), "{}: {} values stand under {} columns.", place,
            values.size(), names_.size());
    nlohmann::json fields = nlohmann::json::object();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (names_[i].empty()) continue;  // a row number, or commas at the end of every line
      require(is_utf8(values[i]), "{}: the column '{}' is no UTF-8 text. Save the table as UTF-8.",
              place, names_[i]);
      fields[names_[i]] = values[i].empty() ? nlohmann::json(nullptr) : nlohmann::json(values[i]);
    }
    return Record{.fields = std::move(fields), .place = place};
  }

 private:
  int get() { return stream_.rdbuf()->sbumpc(); }
  int peek() { return stream_.rdbuf()->sgetc(); }

  /// What a line `sep=;` says (it is read; spreadsheets write it), else the one that stands most
  /// often in the first line outside quotes.
  char find_delimiter() {
    const std::streampos start = stream_.tellg();
    std::string first;
    std::getline(stream_, first);
    stream_.clear();
    if (first.starts_with("sep=") && first.size() >= 5) {
      ++line_;
      return first[4];
    }
    stream_.seekg(start);
    char best = kDelimiters[0];
    for (const char delimiter : kDelimiters) {
      if (count_unquoted(first, delimiter) > count_unquoted(first, best)) best = delimiter;
    }
    return best;
  }

  static std::int64_t count_unquoted(const std::string& line, char wanted) {
    std::int64_t count = 0;
    bool quoted = false;
    for (const char c : line) {
      quoted ^= c == '"';
      count += !quoted && c == wanted;
    }
    return count;
  }

  void read_names() {
    std::set<std::string> seen;
    for (const std::string& name : read_line()) {
      names_.push_back(trimmed(name, " \t"));
      require(names_.back().empty() || seen.insert(names_.back()).second,
              "{}:{}: two columns are called '{}'.", file_.string(), began_, names_.back());
    }
    require(!names_.empty(), "'{}' is empty; its first line must name the columns.",
            file_.string());
  }

  /// The fields of the next line that is not blank; none at the end of the file.
  std::vector<std::string> read_line() {
    while (peek() == '\r' || peek() == '\n') line_ += get() == '\n';
    std::vector<std::string> fields;
    if (peek() == -1) return fields;
    began_ = line_;
    int end = delimiter_;
    while (end == delimiter_) fields.push_back(read_field(end));
    ++line_;
    return fields;
  }

  /// One field; `end` becomes what stopped it: a delimiter, a line break or -1.
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
      if (!quoted && (c == delimiter_ || c == '\n' || c == -1)) {
        end = c;
        return field;
      }
      line_ += c == '\n';
      field.push_back(static_cast<char>(c));
    }
  }

  std::filesystem::path file_;
  std::ifstream stream_;
  char delimiter_ = ',';
  std::vector<std::string> names_;
  std::int64_t line_ = 1, began_ = 1;
};

}  // namespace

std::unique_ptr<Table> open_csv_table(const std::filesystem::path& file) {
  return std::make_unique<CsvTable>(file);
}

}  // namespace juror
