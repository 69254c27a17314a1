// A list of objects in one JSON file, or one object a line; both are read a row at a time.
#include <fstream>

#include "base/parse_json.h"
#include "data/table.h"
#include "data/text_start.h"

namespace juror {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestRow = 64 << 20;  // a lost quote must not swallow a file of gigabytes

std::ifstream open_stream(const std::filesystem::path& file) {
  require(std::filesystem::is_regular_file(file), "'{}' is missing or no file.", file.string());
  std::ifstream stream(file, std::ios::binary);
  require(stream.is_open(), "'{}' cannot be opened.", file.string());
  skip_byte_order_mark(stream, file);
  return stream;
}

Json parse_object(const std::string& text, const std::string& place) {
  Json row = json_or_discarded(text);
  require(!row.is_discarded(), "{}: not valid JSON.", place);
  require(row.is_object(), "{}: holds {}; a row must be an object.", place, row.type_name());
  return row;
}

bool is_space(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Cuts a JSON list into its elements without parsing the whole.
class JsonList : public Table {
 public:
  explicit JsonList(const std::filesystem::path& file) : file_(file), stream_(open_stream(file)) {
    require(take() == '[', "'{}' is not a JSON list of examples.", file_.string());
  }

  std::optional<Record> next() override {
    if (ended_) return std::nullopt;
    int c = take();
    if (c == ']' && row_ == 0) return end();
    if (row_ > 0) {
      if (c == ']') return end();
      require(c == ',', "{}: a comma is missing before it.", place());
      c = take();
    }
    Record record{.fields = parse_object(element(c), place()), .place = place()};
    ++row_;
    return record;
  }

 private:
  std::string place() const { return fmt::format("'{}', row {}", file_.string(), row_); }

  /// The next character that is no space; -1 at the end of the file.
  int take() {
    int c = get();
    while (is_space(c)) c = get();
    return c;
  }
  int get() { return stream_.rdbuf()->sbumpc(); }

  std::optional<Record> end() {
    ended_ = true;
    require(take() == -1, "'{}': something stands after the list.", file_.string());
    return std::nullopt;
  }

  /// The text of the element that begins with `first`.
  std::string element(int first) {
    require(first == '{', "{}: a row must be an object in braces; the file may be cut short.",
            place());
    std::string text(1, '{');
    bool in_text = false;
    for (int depth = 1; depth > 0;) {
      const int c = get();
      require(c != -1, "{}: the file ends within it; it is cut short.", place());
      require(text.size() < kLongestRow, "{}: longer than {} MB.", place(), kLongestRow >> 20);
      text.push_back(static_cast<char>(c));
      if (in_text && c == '\\') {
        text.push_back(static_cast<char>(get()));
      } else if (c == '"') {
        in_text = !in_text;
      } else if (!in_text) {
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      }
    }
    return text;
  }

  std::filesystem::path file_;
  std::ifstream stream_;
  std::int64_t row_ = 0;
  bool ended_ = false;
};

class JsonLines : public Table {
 public:
  explicit JsonLines(const std::filesystem::path& file) : file_(file), stream_(open_stream(file)) {}

  std::optional<Record> next() override {
    std::string line;
    while (std::getline(stream_, line)) {
      ++line_;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const std::string place = fmt::format("{}:{}", file_.string(), line_);
      return Record{.fields = parse_object(line, place), .place = place};
    }
    return std::nullopt;
  }

 private:
  std::filesystem::path file_;
  std::ifstream stream_;
  std::int64_t line_ = 0;
};

}  // namespace

std::unique_ptr<Table> open_json_table(const std::filesystem::path& file) {
  std::ifstream stream = open_stream(file);
  int first = stream.get();
  while (is_space(first)) first = stream.get();
  if (file.extension() == ".jsonl" || first == '{') return std::make_unique<JsonLines>(file);
  return std::make_unique<JsonList>(file);
}

}  // namespace juror
