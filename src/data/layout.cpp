#include "data/layout.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <regex>

#include "base/error.h"
#include "data/table.h"
#include "data/text_start.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<fs::path>;
using Splits = std::map<std::string, Files>;

/// Runs of digits compare by value: train_2 comes before train_10.
bool natural_less(const fs::path& a, const fs::path& b) {
  const auto padded = [](const std::string& name) {
    std::string text, digits;
    for (const char c : name + '\0') {
      if (c >= '0' && c <= '9') {
        digits.push_back(c);
        continue;
      }
      if (!digits.empty())
        text += std::string(digits.size() < 20 ? 20 - digits.size() : 0, '0') + digits;
      digits.clear();
      text.push_back(c);
    }
    return text;
  };
  return padded(a.string()) < padded(b.string());
}

Files entries(const fs::path& folder, const std::function<bool(const fs::path&)>& wanted) {
  Files files;
  if (!fs::is_directory(folder)) return files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (wanted(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), natural_less);
  return files;
}

bool is_list(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  skip_byte_order_mark(stream, file);
  char first = 0;
  stream >> first;
  return first == '[';
}

bool is_published_name(const std::string& split) {
  static const std::regex names("(train|training|valid|validation|val|dev|test|testing)(_.*)?");
  return std::regex_match(split, names);
}

/// images/train/train_1.zip …
Splits hub_zips(const fs::path& root) {
  Splits splits;
  for (const fs::path& folder :
       entries(root / "images", [](const fs::path& path) { return fs::is_directory(path); })) {
    const std::string split = folder.filename().string();
    Files zips = entries(folder, [&](const fs::path& path) {
      return path.extension() == ".zip" && path.filename().string().starts_with(split + "_");
    });
    if (!zips.empty()) splits[split] = std::move(zips);
  }
  return splits;
}

/// metadata.jsonl, or one in each folder of a split.
Splits imagefolder_tables(const fs::path& root) {
  Splits splits;
  for (const char* name : {"metadata.jsonl", "metadata.csv"}) {
    if (fs::is_regular_file(root / name)) return {{"metadata", {root / name}}};
    for (const fs::path& folder :
         entries(root, [&](const fs::path& path) { return fs::is_regular_file(path / name); })) {
      splits[folder.filename().string()].push_back(folder / name);
    }
  }
  return splits;
}

/// Tables with this ending in the folder or its data/.
Splits plain_tables(const fs::path& root, const std::string& ending) {
  Splits splits;
  for (const fs::path& folder : {root, root / "data"}) {
    const Files files = entries(folder, [&](const fs::path& path) {
      const bool is_named = ending == ".txt" ? is_ava_table(path) : path.extension() == ending;
      if (!is_named || !fs::is_regular_file(path)) return false;
      if (ending == ".parquet") return !path.filename().string().starts_with("metadata-");
      return ending != ".json" || is_list(path);
    });
    for (const fs::path& file : files) splits[split_of_name(file)].push_back(file);
  }
  return splits;
}

Splits tables_of(const fs::path& root) {
  Splits splits = hub_zips(root);
  if (splits.empty()) splits = plain_tables(root, ".parquet");
  if (splits.empty()) splits = imagefolder_tables(root);
  for (const char* ending : {".jsonl", ".json", ".csv", ".tsv", ".txt"}) {
    if (splits.empty()) splits = plain_tables(root, ending);
  }
  return splits;
}

}  // namespace

std::string split_of_name(const fs::path& file) {
  static const std::regex shard("-\\d+-of-\\d+(-[0-9a-f]+)?$");
  const std::string stem = std::regex_replace(file.stem().string(), shard, "");
  const std::string tail = stem.substr(stem.rfind('_') + 1);
  return !is_published_name(stem) && is_published_name(tail) ? tail : stem;
}

bool is_one_of_several(const fs::path& path) {
  if (fs::is_directory(path)) return false;
  for (const auto& [name, files] : tables_of(path.has_parent_path() ? path.parent_path() : ".")) {
    const bool is_here = std::any_of(files.begin(), files.end(), [&](const fs::path& file) {
      return file.filename() == path.filename();
    });
    if (is_here) return files.size() > 1;
  }
  return false;
}

DatasetLayout find_layout(const fs::path& path) {
  require(fs::exists(path), "There is no data set at '{}'.", path.string());
  if (!fs::is_directory(path))
    return {.root = path.has_parent_path() ? path.parent_path() : ".",
            .splits = {{split_of_name(path), {path}}}};
  DatasetLayout layout{.root = path, .splits = {}};
  for (auto& [name, files] : tables_of(path)) layout.splits.push_back({name, std::move(files)});
  require(!layout.splits.empty(),
          "'{}' holds no table of examples: no parquet, .jsonl, .json list, .csv or .tsv, in it or "
          "in its data/ (of a workbook, save the sheet as CSV).",
          path.string());
  layout.publishes_splits = layout.splits.size() > 1 || is_published_name(layout.splits[0].name);
  return layout;
}

}  // namespace juror
