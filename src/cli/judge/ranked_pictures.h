// A ranking and how it came about, ready to be shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "judge/rank.h"
#include "judge/rank_lists.h"
#include "preference/calibration.h"

namespace juror {

/// Win probabilities of all pictures by one of the template's criteria alone.
struct CriterionScores {
  std::string name;
  std::vector<double> scores;
};

struct RankedPictures {
  Ranking ranking;
  std::vector<Comparison> comparisons;                    ///< of pairs
  std::optional<std::vector<ListComparison>> lists = {};  ///< nothing: pairs were compared
  std::size_t list_size = 2;                              ///< pictures shown at once
  std::vector<std::string> reasons;                       ///< one a picture
  std::vector<CriterionScores> criteria = {};
  std::int64_t tokens = 0;
  std::int64_t budget = 0;            ///< comparisons at most
  std::optional<StopReason> stopped;  ///< nothing: interrupted
};

/// Of a finished task; comparisons by `calibration`, and by each of these criteria alone too.
RankedPictures ranked_pictures(const RankingTask& task, const Calibration& calibration,
                               const std::vector<std::string>& criteria);
RankedPictures ranked_pictures(const ListTask& task);

/// Widths of the intervals of win probability, ascending.
std::vector<double> interval_widths(const Ranking& ranking);

double possible_pairs(const Ranking& ranking);

/// Why a finished task has no comparison at all, as a sentence; "" where it has one.
std::string why_nothing_compared(const RankingTask& task);

}  // namespace juror
