// Rows with their images, decoded ahead of time on a few threads, in the order of the reader.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "data/dataset.h"

namespace juror {

struct LoadedRow {
  DatasetRow row;
  std::vector<Image> images = {};  ///< as row.images; none where they were not wanted or `error`
  std::exception_ptr error = nullptr;  ///< what an image threw that cannot be read
  bool is_loaded = false;              ///< the images were wanted
  std::int64_t bytes = 0;              ///< of LoadOptions::most_bytes that it takes
};

struct LoadOptions {
  int threads = 1;
  int depth = 2;  ///< rows decoded ahead
  /// Whether the images of a row are wanted; null: always. Called from several threads.
  std::function<bool(const DatasetRow&)> wanted = {};
  /// Most memory of pictures on their way, from decoding until the row after theirs is asked for; a
  /// row that needs more is decoded alone.
  std::int64_t most_bytes = std::int64_t{1} << 30;
};

class LoadedRows {
 public:
  LoadedRows(std::unique_ptr<DatasetReader> reader, LoadOptions options);
  ~LoadedRows();
  /// The next row; nothing at the end. An image that cannot be read is the `error` of its row.
  /// Throws what the reader threw at that row, after all rows before it.
  std::optional<LoadedRow> next();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace juror
