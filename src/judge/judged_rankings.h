// What was judged, read back for writers: the JSON of `juror rank --json`, and journals with
// comparison records (docs/formats.md).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/writers/judged_group.h"

namespace juror {

/// A data set as a journal names it.
struct JudgedData {
  std::string path, format, split;
};

/// The rankings of one file; its pictures are not found yet.
struct JudgedRankings {
  std::filesystem::path file;
  std::vector<JudgedGroup> groups;
  std::optional<JudgedData> data = {};  ///< where the pictures of a journal are
  std::int64_t unfinished = 0;          ///< groups without all their lines, left out
};

/// Reads a ranking (one JSON object, or one a line), a journal, or a folder with journal.jsonl.
/// p of a journal is read by its calibration. Throws Error naming file and key, or line.
JudgedRankings read_judged(const std::filesystem::path& path);

/// Where pictures are looked for.
struct PicturePlaces {
  std::filesystem::path root;  ///< first of all, for relative names; may be empty
  std::string data;            ///< instead of the data set that a journal names; may be empty
};

/// Hands on every group with its pictures (`source`, and `file` where they are files), in the order
/// of the rankings or of their data set. A picture without `source.read` was not found. Throws
/// Error where the data set of a journal is gone.
void find_pictures(JudgedRankings& rankings, const PicturePlaces& places,
                   const std::function<void(JudgedGroup&)>& take);

}  // namespace juror
