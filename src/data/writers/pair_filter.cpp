#include "data/writers/pair_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace juror {
namespace {

/// The count that a pair belongs to, or null where it is kept.
std::int64_t* reason_to_drop(const JudgedGroup& group, const ExportPair& pair,
                             const PairFilter& filter, PairTally& tally) {
  if (std::isnan(pair.p)) return &tally.unread;
  if (pair.tie) return filter.keep_ties ? nullptr : &tally.ties;
  if (std::max(pair.p, 1 - pair.p) < filter.min_confidence) return &tally.confidence;
  const double margin = std::abs(group.images[pair.first].score - group.images[pair.second].score);
  return margin < filter.min_margin ? &tally.margin : nullptr;
}

}  // namespace

std::string PairTally::str() const {
  std::vector<std::string> left_out;
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) left_out.push_back(fmt::format("{} {}", count, what));
  };
  add(unread, "without a readable vote");
  add(ties, "ties (--keep-ties keeps them)");
  add(margin, "below --min-margin");
  add(confidence, "below --min-confidence");
  add(pictures, "with a missing picture");
  return fmt::format("{} of {} compared pairs{}{}", written, compared,
                     left_out.empty() ? "" : "; left out: ", fmt::join(left_out, ", "));
}

std::vector<ExportPair> keep_pairs(const JudgedGroup& group, const PairFilter& filter,
                                   bool format_has_ties, PairTally& tally) {
  std::vector<ExportPair> kept;
  PairFilter asked = filter;
  asked.keep_ties = filter.keep_ties && format_has_ties;
  for (const ExportPair& pair : group.pairs) {
    ++tally.compared;
    if (std::int64_t* count = reason_to_drop(group, pair, asked, tally)) {
      ++*count;
    } else {
      ++tally.written;
      kept.push_back(pair);
    }
  }
  return kept;
}

}  // namespace juror
