// What one should know of a data set before trusting a number that was measured on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "data/dataset.h"
#include "preference/agreement.h"

namespace juror {

/// What was seen in a data set. Intervals of shares are clustered by prompt (measured_share).
struct DatasetReport {
  std::int64_t examples = 0, images = 0;  ///< images: of all rows together
  std::int64_t prompts = 0;               ///< different texts
  std::int64_t without_prompt = 0;        ///< rows whose prompt is empty or blank
  std::int64_t unlabelled = 0;            ///< rows without a label
  std::int64_t pairs = 0;                 ///< within labelled rows
  std::int64_t ties = 0;                  ///< of these, tied in the mean rank
  /// Pairs of the same prompt and images as an earlier one, with the same label.
  std::int64_t repeated = 0;
  std::int64_t contradictory = 0;  ///< … preferred the other way round; a tie contradicts nothing
  std::int64_t unreadable = 0;     ///< images that are missing or whose header cannot be read
  std::vector<std::string> first_unreadable;          ///< the first five errors
  std::map<std::pair<int, int>, std::int64_t> sizes;  ///< images of each upright width and height
  /// Pairs by where their vote share comes from.
  std::map<ShareSource, std::int64_t> shares;
  /// Different images of examples that come of ratings; 0 where none do. Each is read once.
  std::int64_t rated_images = 0;
  /// Of their pairs: how often one person agrees with the means, by the vote shares.
  double rated_agreement = 0;
  std::optional<MeasuredShare> first_preferred;  ///< untied pairs won by the earlier image
  std::optional<MeasuredShare>
      generator;  ///< untied pairs told by generator alone (preference/generator_leak.h)
  std::optional<MeasuredShare> rater_rater,
      rater_mean;  ///< preference/rater_agreement.h, mean over the n pairs of rows with two votes
                   ///< or more
};

/// Rows of one prompt are one cluster, rows without a prompt one each. Reads the whole stream, and
/// with `read_images` each image as far as its header. Memory grows by some dozen bytes a prompt
/// and pair; no row is kept. Stops early, with what there is, when `progress` says so.
DatasetReport inspect_dataset(DatasetReader& reader, bool read_images, const Progress& progress);

}  // namespace juror
