// Which compared pairs become training pairs, and why the others do not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "data/writers/judged_group.h"

namespace juror {

struct PairFilter {
  double min_margin = 0;
  double min_confidence = 0.5;
  bool keep_ties = false;

  template <class Field>
  void fields(Field&& field) {
    field("min_margin", min_margin,
          "Leave out pairs whose two win probabilities in the ranking differ by less",
          Range{0.0, 1.0});
    field("min_confidence", min_confidence,
          "Leave out pairs whose winner has a smaller probability in their own comparison",
          Range{0.5, 1.0});
    field("keep_ties", keep_ties, "Keep ties, where the format has a word for them");
  }
};

/// What became of the compared pairs.
struct PairTally {
  std::int64_t compared = 0, written = 0;
  std::int64_t unread = 0, ties = 0, margin = 0, confidence = 0;  ///< left out, each counted once
  std::int64_t pictures = 0;  ///< left out since a picture is missing

  /// "12 of 20 pairs; left out: 3 ties, 5 below --min-margin", without those that are 0.
  std::string str() const;
};

/// The pairs of the group that are kept, and counts of the others added to `tally`. Ties are kept
/// where the filter says so and the format can say it.
std::vector<ExportPair> keep_pairs(const JudgedGroup& group, const PairFilter& filter,
                                   bool format_has_ties, PairTally& tally);

}  // namespace juror
