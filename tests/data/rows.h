// What tests of data sets share: the fixtures, rows of a data set, refusals.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "temp_folder.h"

namespace juror::testing {

/// Data sets made by tools/golden/make_datasets.py; picture k is 10 + k pixels wide.
inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(JUROR_SOURCE_DIR) / "tests/data/fixtures" / name;
}

inline std::vector<DatasetRow> rows_of(const std::filesystem::path& path,
                                       const DatasetOptions& options = {}) {
  std::vector<DatasetRow> rows;
  const auto reader = open_dataset(path, options);
  while (auto row = reader->next()) rows.push_back(std::move(*row));
  return rows;
}

/// The numbers of a row's pictures, each read and decoded.
inline std::vector<int> pictures_of(const DatasetRow& row) {
  std::vector<int> numbers;
  for (const ImageSource& source : row.images) numbers.push_back(load_image(source).width - 10);
  return numbers;
}

inline std::vector<std::string> prompts_of(const std::vector<DatasetRow>& rows) {
  std::vector<std::string> prompts;
  for (const DatasetRow& row : rows) prompts.push_back(row.example.prompt);
  return prompts;
}

/// The sentence with which reading all rows and pictures is refused, or "accepted".
inline std::string dataset_refusal(const std::filesystem::path& path,
                                   const DatasetOptions& options = {}) {
  return refusal_of(
      [&] {
        for (const DatasetRow& row : rows_of(path, options)) pictures_of(row);
      },
      ErrorKind::kUser);
}

/// The first `bytes` bytes of a file, written to another.
inline void cut_file(const std::filesystem::path& from, const std::filesystem::path& to,
                     std::size_t bytes) {
  std::filesystem::create_directories(to.parent_path());
  write_file_atomic(to, read_file(from).substr(0, bytes));
}

}  // namespace juror::testing
