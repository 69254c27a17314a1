#include "bench/list_ranking.h"

#include "preference/list_choice.h"
#include "preference/ranking_session.h"

namespace juror {
namespace {

double tau_of_session(const SimulatedJudge& judge, std::int64_t budget, std::int64_t seed) {
  RankingSession session(judge.size(), {.budget = budget}, {.seed = seed});
  while (!session.stopped()) {
    for (const PairIndex& pair : session.next(1 << 20)) session.tell(pair, judge.reads(pair));
  }
  std::vector<double> strengths;
  for (const RankedItem& item : session.ranking().items) strengths.push_back(item.strength);
  return kendall_tau(judge.strengths(), strengths);
}

double tau_of_lists(const SimulatedJudge& judge, std::size_t size, std::int64_t lists,
                    std::uint64_t seed) {
  Strengths believed(judge.size());
  std::vector<ListReads> reads;
  for (std::uint64_t round = 0; std::ssize(reads) < lists; ++round) {
    for (auto& list : lists_of_round(believed, size, round, seed)) {
      if (std::ssize(reads) == lists) break;
      std::vector<ListRead> votes = judge.list_reads(list);
      reads.push_back({std::move(list), std::move(votes)});
    }
    fit(believed, {}, SpreadFit::kAll, choices_of(reads));
  }
  return kendall_tau(judge.strengths(), believed.mean);
}

}  // namespace

ListBenchCase bench_lists(const SimulatedJudgeOptions& judge_options, std::size_t n,
                          std::int64_t budget, const std::vector<std::size_t>& sizes,
                          std::int64_t worlds) {
  ListBenchCase result{.judge = judge_options, .n = n, .budget = budget, .sizes = sizes};
  result.tau_of_lists.assign(sizes.size(), 0);
  for (std::int64_t world = 0; world < worlds; ++world) {
    const SimulatedJudge judge(judge_options, n, static_cast<std::uint64_t>(world));
    result.tau_of_pairs += tau_of_session(judge, budget, world) / static_cast<double>(worlds);
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      const std::int64_t lists = budget * 2 / static_cast<std::int64_t>(sizes[k]);
      result.tau_of_lists[k] +=
          tau_of_lists(judge, sizes[k], lists, static_cast<std::uint64_t>(world)) /
          static_cast<double>(worlds);
    }
  }
  return result;
}

}  // namespace juror
