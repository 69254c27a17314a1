#include "data/table.h"

#include <algorithm>
#include <cmath>

#include "base/folder.h"
#include "base/shown_json.h"
#include "data/unread_cell.h"

namespace juror {
namespace {

constexpr double kHighestRank = 1e6;

/// 1 + how many are smaller, so that ties share a place and gaps remain.
Ranks places_of(const std::vector<double>& averages) {
  Ranks ranks;
  for (const double average : averages) {
    ranks.push_back(1 +
                    static_cast<int>(std::count_if(averages.begin(), averages.end(),
                                                   [&](double other) { return other < average; })));
  }
  return ranks;
}

}  // namespace

void Record::refuse(const std::string& sentence) const { throw Error(place + ": " + sentence); }

bool Record::has(const std::string& key) const {
  const auto found = fields.find(key);
  return found != fields.end() && !found->is_null();
}

const nlohmann::json& Record::at(const std::string& key, const char* type) const {
  expect(has(key), "the {} '{}' is missing.", type, key);
  return value(key);
}

const nlohmann::json& Record::value(const std::string& key) const {
  expect(has(key), "'{}' is missing.", key);
  const nlohmann::json& value = fields[key];
  expect(!is_unread(value),
         "the column '{}' is of the Arrow type {}, which Juror does not read; cast it to numbers, "
         "texts or lists of them.",
         key, is_unread(value) ? unread_type(value) : "");
  return value;
}

std::string Record::text(const std::string& key) const {
  const nlohmann::json& value = at(key, "text");
  expect(value.is_string(), "'{}' is {}; it must be a text.", key, shown_json(value));
  return value.get<std::string>();
}

std::string Record::text_or(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}

double Record::number(const std::string& key) const {
  const nlohmann::json& value = at(key, "number");
  expect(value.is_number() && std::isfinite(value.get<double>()),
         "'{}' is {}; it must be a number.", key, shown_json(value));
  return value.get<double>();
}

std::int64_t Record::integer(const std::string& key, std::int64_t low, std::int64_t high) const {
  const double value = number(key);
  expect(value == std::floor(value) && value >= static_cast<double>(low) &&
             value <= static_cast<double>(high),
         "'{}' is {}; it must be a whole number from {} to {}.", key, shown_json(fields[key]), low,
         high);
  return static_cast<std::int64_t>(value);
}

std::vector<std::string> Record::texts(const std::string& key) const {
  const nlohmann::json& list = at(key, "list");
  expect(list.is_array(), "'{}' is {}; it must be a list of texts.", key, shown_json(list));
  std::vector<std::string> texts;
  for (const nlohmann::json& value : list) {
    expect(value.is_string(), "'{}' holds {}; it must hold texts.", key, shown_json(value));
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

Ranks Record::ranks(const std::string& key, std::size_t count) const {
  const nlohmann::json& list = at(key, "list");
  expect(list.is_array() && list.size() == count,
         "'{}' is {}; it must be a list of {} ranks, one an image.", key, shown_json(list), count);
  std::vector<double> values;
  for (const nlohmann::json& value : list) {
    expect(value.is_number() && value.get<double>() >= 1 && value.get<double>() <= kHighestRank,
           "'{}' holds {}; ranks are numbers from 1 (the best).", key, shown_json(value));
    values.push_back(value.get<double>());
  }
  const bool whole = std::all_of(values.begin(), values.end(),
                                 [](double value) { return value == std::floor(value); });
  return whole ? Ranks(values.begin(), values.end()) : places_of(values);
}

std::unique_ptr<Table> open_table(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  require(!is_lfs_pointer(file),
          "'{}' is a Git-LFS pointer and not the file itself: the data set was cloned without its "
          "large files. Run `git lfs pull` there.",
          file.string());
  if (ending == ".json" || ending == ".jsonl") return open_json_table(file);
  if (ending == ".csv" || ending == ".tsv") return open_csv_table(file);
  if (is_ava_table(file)) return open_ava_table(file);
  require(ending != ".xlsx" && ending != ".xls",
          "'{}' is a workbook; save its sheet as CSV (UTF-8) and give that.", file.string());
  require(
      ending == ".parquet",
      "'{}' is no table that Juror reads; it must end in .json, .jsonl, .csv, .tsv or .parquet, "
      "or be AVA.txt.",
      file.string());
  return open_parquet_table(file);
}

}  // namespace juror
