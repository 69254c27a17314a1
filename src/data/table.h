// Tables of rows, whatever they are stored in: a JSON list, JSON Lines, CSV, parquet. What a row
// means belongs to the formats (data/format.h).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "preference/example.h"

namespace juror {

/// One row: its fields, and the place that errors name. The getters throw Error naming place and
/// key unless the field is there and of the type they say.
struct Record {
  nlohmann::json fields;  ///< an object; null stands for a missing value
  std::string place;      ///< "'train.json', row 3"
  /// The picture in a column, or nothing where the column holds none; empty in tables without
  /// pictures.
  std::function<std::optional<ImageSource>(const std::string& column)> picture = {};

  bool has(const std::string& key) const;  ///< there and not null
  /// Of any type that Juror reads.
  const nlohmann::json& value(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::string text_or(const std::string& key, const std::string& otherwise) const;
  double number(const std::string& key) const;
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const;
  std::vector<std::string> texts(const std::string& key) const;  ///< a list of texts
  /// A list of `count` ranks, 1 = best. Averages are turned into places: [1.5, 3.2, 1.5] is [1, 3,
  /// 1].
  Ranks ranks(const std::string& key, std::size_t count) const;

  /// Throws Error: the place, then the sentence.
  template <class... Args>
  void expect(bool condition, fmt::format_string<Args...> sentence, Args&&... args) const {
    if (!condition) refuse(fmt::format(sentence, std::forward<Args>(args)...));
  }
  [[noreturn]] void refuse(const std::string& sentence) const;

 private:
  const nlohmann::json& at(const std::string& key, const char* type) const;
};

/// A stream of records.
class Table {
 public:
  virtual ~Table() = default;
  /// The next row; nothing at the end. Throws Error naming file and row.
  virtual std::optional<Record> next() = 0;
};

/// Opens .json (a list, or one object a line), .jsonl, .csv, .tsv, .parquet or AVA.txt. Throws
/// Error: another ending, missing, and for parquet in a build without Arrow.
std::unique_ptr<Table> open_table(const std::filesystem::path& file);

std::unique_ptr<Table> open_json_table(const std::filesystem::path& file);
std::unique_ptr<Table> open_csv_table(const std::filesystem::path& file);
std::unique_ptr<Table> open_parquet_table(const std::filesystem::path& file);

/// AVA.txt: fifteen whole numbers a line and no names. Its fields are image ("953619.jpg"), 1 … 10
/// (people who gave that point), tag_1, tag_2 and challenge.
bool is_ava_table(const std::filesystem::path& file);
std::unique_ptr<Table> open_ava_table(const std::filesystem::path& file);

}  // namespace juror
