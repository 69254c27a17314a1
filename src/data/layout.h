// Which files of a folder hold the rows of which split. Reads names alone, and the first character
// of .json files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace juror {

/// A split and its tables, in the order of their names (numbers by value).
struct DatasetSplit {
  std::string name;  ///< "train"; of a single file that is named otherwise its stem
  std::vector<std::filesystem::path> files;
};

struct DatasetLayout {
  std::filesystem::path root;  ///< the folder
  std::vector<DatasetSplit> splits;
  /// Whether the data set itself says which rows are for training and which for testing.
  bool publishes_splits = false;
};

/// The layout of a folder, or of a single table in it. Of the kinds of tables the first that the
/// folder has counts: zips of ImageReward's hub (images/SPLIT/SPLIT_1.zip), parquet, metadata.jsonl
/// or .csv (also in a folder a split), .jsonl, .json (lists), .csv, .tsv, AVA.txt; each in the
/// folder itself or in its data/. Throws Error when there is none.
DatasetLayout find_layout(const std::filesystem::path& path);

/// Whether a table that is named alone is one of several of its split, as
/// test-00000-of-00002.parquet is.
bool is_one_of_several(const std::filesystem::path& path);

/// The split that a table's name tells: "train" of train.json, preference_train.json,
/// train-00000-of-00010.parquet.
std::string split_of_name(const std::filesystem::path& file);

}  // namespace juror
