#include "cli/judge/ranked_pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "judge/calibration_file.h"
#include "judge/reasons.h"

namespace juror {
namespace {

/// Ranks by each criterion the pictures whose comparisons these are.
std::vector<CriterionScores> rank_by_criteria(std::size_t pictures,
                                              const std::vector<Comparison>& comparisons,
                                              const std::vector<std::string>& names) {
  std::vector<CriterionScores> all;
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<PairReads> reads;
    for (const Comparison& one : comparisons)
      reads.push_back({one.pair.first, one.pair.second, criterion_reads(one.votes, k)});
    CriterionScores criterion{.name = names[k], .scores = {}};
    const Ranking ranking = rank_images(pictures, reads);
    for (const RankedItem& item : ranking.items)
      criterion.scores.push_back(ranking.reads > 0 ? item.score : kUnknown);
    all.push_back(std::move(criterion));
  }
  return all;
}

}  // namespace

RankedPictures ranked_pictures(const RankingTask& task, const Calibration& calibration,
                               const std::vector<std::string>& criteria) {
  const std::size_t n = task.session.images();
  RankedPictures ranked{.ranking = task.session.ranking(),
                        .comparisons = task.comparisons,
                        .reasons = {},
                        .tokens = task.session.tokens(),
                        .budget = task.session.budget(),
                        .stopped = task.session.stopped()};
  for (Comparison& comparison : ranked.comparisons)
    comparison.result = calibrated(comparison.result, calibration);
  ranked.reasons = image_reasons(n, ranked.comparisons);
  ranked.criteria = rank_by_criteria(n, ranked.comparisons, criteria);
  return ranked;
}

RankedPictures ranked_pictures(const ListTask& task) {
  return {.ranking = task.ranked(),
          .comparisons = {},
          .lists = task.lists,
          .list_size = task.list_size,
          .reasons = list_reasons(task),
          .tokens = task.tokens,
          .budget = task.budget(),
          .stopped = task.stopped};
}

std::vector<double> interval_widths(const Ranking& ranking) {
  std::vector<double> all;
  for (const RankedItem& item : ranking.items) all.push_back(item.score_high - item.score_low);
  std::sort(all.begin(), all.end());
  return all;
}

double possible_pairs(const Ranking& ranking) {
  const auto n = static_cast<double>(ranking.items.size());
  return n * (n - 1) / 2;
}

std::string why_nothing_compared(const RankingTask& task) {
  if (!task.comparisons.empty()) return "";
  const auto stopped = task.session.stopped();
  if (stopped == StopReason::kSeconds)
    return "No comparison was bought: --budget-seconds was over before the first one ended.";
  if (stopped == StopReason::kTokens)
    return fmt::format(
        "No comparison was bought: the first may take {} tokens, more than --budget-tokens. Fewer "
        "are "
        "taken with --effort low, --votes 1 or a smaller --max-new-tokens.",
        task.session.tokens_of_next());
  return "No comparison was made.";
}

}  // namespace juror
