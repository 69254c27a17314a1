// New labels for a table of pairs in the shape of Pick-a-Pic: every pair is judged, then the table
// is copied with other labels. Two passes, so that work can be resumed and memory stays bounded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "eval/pair_judge.h"
#include "image/options.h"
#include "preference/calibration.h"
#include "records/journal.h"

namespace juror {

struct RelabelOptions {
  RecordOrigin origin;
  ImageOptions image;
  int threads = 1;  ///< that decode images ahead
};

/// What was judged. NaN: the pair could not be judged, or no vote on it could be read.
struct JudgedRows {
  std::vector<double> p = {};  ///< of every row that was reached, not calibrated
  std::int64_t resumed = 0;    ///< rows taken from the journal
  std::vector<std::pair<std::int64_t, std::string>> failures = {};  ///< row, error
  bool is_partial = false;                                          ///< stopped by `progress`
};

/// Judges jpg_0 against jpg_1 of every row under its caption; labels are not looked at. What `done`
/// (a resumed journal) holds is not judged again. A picture that cannot be read fails alone. Throws
/// Error naming row and key of a table of another shape, and for a journal of another table.
JudgedRows judge_rows(const std::filesystem::path& table, PairJudge& judge, const EvalJournal& done,
                      JournalWriter& journal, const RelabelOptions& options,
                      const Progress& progress);

/// How many rows got which label.
struct LabelTally {
  std::int64_t rows = 0, first = 0, second = 0, ties = 0, unlabelled = 0;
  std::int64_t changed = 0;  ///< rows whose label_0 was another, or none
};

/// Copies `from` to `to` with label_0 and label_1 (1 and 0; 0.5 twice for a tie) and, where it has
/// them, best_image_uid ("" for a tie) and has_label by `p`. A row without p gets 0.5 twice and
/// has_label false. Everything else stays. Throws Error as `rewrite_parquet`.
LabelTally write_labels(const std::filesystem::path& from, const std::filesystem::path& to,
                        const std::vector<double>& p, const Calibration& calibration);

}  // namespace juror
