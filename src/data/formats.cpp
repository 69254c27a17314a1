#include <algorithm>

#include "base/option_text.h"
#include "data/format.h"
#include "data/unread_cell.h"

namespace juror {
namespace {

const std::vector<std::string> kPromptColumns = {"prompt",      "caption",     "text",
                                                 "text_prompt", "prompt_text", "instruction",
                                                 "description", "query"};

std::string in_lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

const std::vector<DatasetFormat>& dataset_formats() {
  static const std::vector<DatasetFormat> table = {
      juror_format(),   imagereward_format(), hpdv2_train_format(), hpdv2_test_format(),
      hpdv1_format(),   hpdv3_format(),       pickapic_format(),    rapidata_format(),
      ratings_format(), imagefolder_format(), pairs_format(),
  };
  return table;
}

const DatasetFormat& find_format(const std::string& name) {
  std::vector<std::string> names = {"auto"};
  for (const DatasetFormat& format : dataset_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  throw Error(fmt::format("There is no format '{}'; it must be one of {}.{}", name,
                          fmt::join(names, ", "), did_you_mean(name, names)));
}

bool is_format(const Record& record, const std::string& name) {
  for (const DatasetFormat& format : dataset_formats()) {
    if (format.recognises(record)) return format.name == name;
  }
  return false;
}

const DatasetFormat& recognise_format(const Record& record) {
  for (const DatasetFormat& format : dataset_formats()) {
    if (format.recognises(record)) return format;
  }
  std::vector<std::string> fields;
  for (const auto& [name, value] : record.fields.items()) {
    fields.push_back(is_unread(value) ? fmt::format("{} (of the type {}, which is not read)", name,
                                                    unread_type(value))
                                      : name);
  }
  record.refuse(fmt::format(
      "a row with the fields {} is of no format that Juror knows; docs/data.md lists them.",
      fmt::join(fields, ", ")));
}

Ranks pair_ranks(double first) {
  if (first == 0) return {1, 1};
  return first > 0 ? Ranks{1, 2} : Ranks{2, 1};
}

std::vector<Ranks> pair_votes(std::int64_t first, std::int64_t second) {
  std::vector<Ranks> votes(static_cast<std::size_t>(first), {1, 2});
  votes.insert(votes.end(), static_cast<std::size_t>(second), {2, 1});
  return votes;
}

std::string prompt_column(const Record& record) {
  for (const std::string& wanted : kPromptColumns) {
    for (const auto& [name, value] : record.fields.items()) {
      if (in_lower_case(name) == wanted) return name;
    }
  }
  return "";
}

std::string prompt_of(const Record& record) {
  const std::string column = prompt_column(record);
  return column.empty() ? "" : record.text_or(column, "");
}

DatasetRow new_row(std::string prompt, std::string source) {
  DatasetRow row;
  row.example.prompt = std::move(prompt);
  row.example.source = std::move(source);
  return row;
}

void add_image(DatasetRow& row, const Record& record, const std::string& column,
               ImagePlaces& places) {
  std::optional<ImageSource> picture = record.picture ? record.picture(column) : std::nullopt;
  row.images.push_back(picture ? std::move(*picture) : places.find(record.text(column), record));
  const bool is_named = record.has(column) && record.fields[column].is_string();
  row.example.images.push_back(is_named ? record.text(column) : row.images.back().name);
}

void add_images(DatasetRow& row, const Record& record, const std::vector<std::string>& names,
                ImagePlaces& places) {
  for (const std::string& name : names) {
    row.images.push_back(places.find(name, record));
    row.example.images.push_back(name);
  }
}

void add_generators(DatasetRow& row, const Record& record,
                    const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    if (record.has(column)) row.generators.push_back(record.text(column));
  }
  if (row.generators.size() != columns.size()) row.generators.clear();
}

}  // namespace juror
