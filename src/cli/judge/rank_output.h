// What juror rank prints: a table, rows or JSON, and what its budget bought.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/judge/judging.h"
#include "cli/judge/pictures.h"
#include "preference/ranking_session.h"

namespace juror {

/// Win probabilities of all pictures by one of the template's criteria alone.
struct CriterionScores {
  std::string name;
  std::vector<double> scores;
};

/// Ranks by each criterion the pictures whose comparisons these are.
std::vector<CriterionScores> rank_by_criteria(std::size_t pictures,
                                              const std::vector<Comparison>& comparisons,
                                              const std::vector<std::string>& names);

/// A ranking and how it came about.
struct RankedPictures {
  Ranking ranking;
  std::vector<Comparison> comparisons;
  std::vector<std::string> reasons;  ///< one a picture
  std::vector<CriterionScores> criteria = {};
  std::int64_t tokens = 0;
  std::optional<StopReason> stopped;  ///< nothing: interrupted
};

/// One object a picture, the best first.
nlohmann::ordered_json result_rows(const LoadedPictures& pictures, const RankedPictures& ranked);

/// Results, comparisons and what they cost, without who judged.
nlohmann::ordered_json ranking_json(const LoadedPictures& pictures, const RankedPictures& ranked);

std::string ranking_table(const LoadedPictures& pictures, const RankedPictures& ranked, bool color);

/// "widest 0.31, half below 0.22": the intervals of win probability.
std::string widths_text(const Ranking& ranking);

/// "491 of 4950 pairs compared (9.9 %; budget), 61234 tokens; intervals of win probability: widest
/// 0.31, half below 0.22." and votes saved or contradicted, where there are any.
std::string spent_text(const RankedPictures& ranked);

}  // namespace juror
