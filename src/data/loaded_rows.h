// Rows with their images, decoded ahead of time on a few threads, in the order of the reader.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "data/dataset.h"
#include "image/decode.h"

namespace juror {

struct LoadedRow {
  DatasetRow row;
  std::vector<Image> images;  ///< as row.images
};

class LoadedRows {
 public:
  /// At most `depth` rows are decoded ahead.
  LoadedRows(std::unique_ptr<DatasetReader> reader, int threads, int depth,
             const DecodeLimits& limits = {});
  ~LoadedRows();
  /// The next row; nothing at the end. Throws what reading or decoding that row threw, after all
  /// rows before it.
  std::optional<LoadedRow> next();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace juror
