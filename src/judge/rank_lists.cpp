#include "judge/rank_lists.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>

#include "base/error.h"
#include "judge/reasons.h"
#include "judge/stop_grace.h"
#include "preference/list_choice.h"

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;

void require_lists_can(const ListTask& task, const JudgeOptions& options) {
  require(
      task.session.stop_top_k == 0 && task.session.stop_interval_width == 0,
      "--stop-top-k and --stop-interval-width look at pairs, and this ranking is by lists. Take a "
      "budget, or --list-size 2.");
  require(!options.reads_first() && options.early_stop.threshold >= 1,
          "--effort auto and --early-stop look at pairs, and this ranking is by lists. Leave them "
          "out, or take --list-size 2.");
}

/// Rounds of lists, one after another.
class ListRounds {
 public:
  ListRounds(ListTask& task, Judge& judge, const JudgeOptions& options)
      : task_(task),
        judge_(judge),
        options_(options),
        believed_(task.candidates.size(),
                  task.ranking.prior_sd > 0 ? task.ranking.prior_sd : kUsualPriorSd) {}
  ~ListRounds() { judge_.cancel(); }
  ListRounds(const ListRounds&) = delete;
  ListRounds& operator=(const ListRounds&) = delete;

  bool is_busy() const { return !asked_.empty(); }

  /// Asks for as many lists as there is room for and budgets allow.
  void ask() {
    while (!task_.stopped && judge_.has_room()) {
      if (is_time_up()) return stop(StopReason::kSeconds);
      if (begun_ >= task_.budget())
        return stop(begun_ == 1 && is_whole() ? StopReason::kAllPairs : StopReason::kBudget);
      if (waiting_.empty() && !begin_round()) return;
      if (!affords(waiting_.front())) {
        if (!is_busy()) stop(StopReason::kTokens);
        return;
      }
      put(waiting_.front());
      waiting_.pop_front();
    }
  }

  void poll() {
    std::optional<FinishedComparison> one = judge_.poll();
    if (!one) return;
    if (one->refusal) throw Error(*one->refusal);
    const auto asked = asked_.extract(one->number);
    if (asked.empty()) return;
    task_.tokens += one->comparison.tokens;
    tokens_aside_ -= asked.mapped().tokens_aside;
    task_.lists.push_back({std::move(asked.mapped().images), std::move(one->comparison)});
  }

  bool is_time_up() const {
    return task_.session.budget_seconds > 0 && seconds() >= task_.session.budget_seconds;
  }

 private:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - since_).count(); }
  bool is_whole() const { return task_.candidates.size() <= task_.list_size; }
  void stop(StopReason reason) { task_.stopped = reason; }

  std::vector<CandidateImage> shown(const std::vector<std::size_t>& list) const {
    std::vector<CandidateImage> shown;
    for (const std::size_t image : list) shown.push_back(task_.candidates[image]);
    return shown;
  }

  bool affords(const std::vector<std::size_t>& list) {
    if (task_.session.budget_tokens == 0) return true;
    task_.tokens_of_next = judge_.most_tokens(task_.prompt, shown(list), options_);
    return task_.tokens + tokens_aside_ + task_.tokens_of_next <= task_.session.budget_tokens;
  }

  /// Chooses lists that were not asked once the round before has come to its end. False: none yet,
  /// or none at all.
  bool begin_round() {
    constexpr int kTries = 20;
    if (is_busy()) return false;
    const std::size_t n = task_.candidates.size();
    fit(believed_, {}, fits_spread(n, task_.ranking.prior_sd) ? SpreadFit::kAll : SpreadFit::kNone,
        choices_of(task_.reads()));
    for (int tried = 0; tried < kTries && waiting_.empty(); ++tried) {
      for (auto& list : lists_of_round(believed_, task_.list_size, round_++,
                                       static_cast<std::uint64_t>(task_.ranking.seed)))
        if (known_.insert(list).second) waiting_.push_back(std::move(list));
    }
    if (waiting_.empty()) stop(StopReason::kAllPairs);
    return !waiting_.empty();
  }

  void put(const std::vector<std::size_t>& list) {
    asked_[judge_.ask_list(task_.prompt, shown(list), options_)] = {list, task_.tokens_of_next};
    tokens_aside_ += task_.tokens_of_next;
    ++begun_;
  }

  ListTask& task_;
  Judge& judge_;
  const JudgeOptions& options_;
  const Clock::time_point since_ = Clock::now();
  Strengths believed_;
  std::uint64_t round_ = 0;
  std::int64_t begun_ = 0, tokens_aside_ = 0;
  std::set<std::vector<std::size_t>> known_;
  std::deque<std::vector<std::size_t>> waiting_;
  struct Asked {
    std::vector<std::size_t> images;
    std::int64_t tokens_aside = 0;
  };
  std::map<std::size_t, Asked> asked_;  // by comparison number
};

}  // namespace

std::int64_t ListTask::budget() const {
  return session.budget >= 0 ? session.budget : default_lists(candidates.size(), list_size);
}

std::vector<ListReads> ListTask::reads() const {
  std::vector<ListReads> reads;
  for (const ListComparison& list : lists)
    reads.push_back({list.images, list_reads_of(list.comparison.votes, list.images.size())});
  std::sort(reads.begin(), reads.end(),
            [](const ListReads& a, const ListReads& b) { return a.images < b.images; });
  return reads;
}

Ranking ListTask::ranked() const { return rank_images(candidates.size(), {}, ranking, reads()); }

std::vector<std::string> list_reasons(const ListTask& task) {
  std::vector<std::vector<std::string>> said(task.candidates.size());
  for (const ListComparison& list : task.lists) {
    const std::size_t size = list.images.size();
    for (const Vote& vote : list.comparison.votes) {
      auto remarks = list_remarks(vote.verdict.thinking, size);
      if (!remarks || vote.verdict.ranking.empty()) continue;
      for (std::size_t shown = 0; shown < size; ++shown)
        said[list.images[vote.swapped ? size - 1 - shown : shown]].push_back(
            std::move((*remarks)[shown]));
    }
  }
  std::vector<std::string> reasons;
  for (const auto& texts : said) reasons.push_back(texts.empty() ? "" : texts[most_typical(texts)]);
  return reasons;
}

double rank_by_lists(ListTask& task, Judge& judge, const JudgeOptions& options,
                     const Progress& progress) {
  require_lists_can(task, options);
  const Clock::time_point start = Clock::now();
  ListRounds rounds(task, judge, options);
  StopGrace grace(progress, "comparing lists");
  while (true) {
    if (!grace.is_stopped()) rounds.ask();
    if ((task.stopped || grace.is_stopped()) && !rounds.is_busy()) break;
    if (grace.is_over()) break;
    if (rounds.is_time_up()) {  // what is under way is dropped
      task.stopped = StopReason::kSeconds;
      break;
    }
    rounds.poll();
    grace.tell(std::ssize(task.lists), task.budget());
  }
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace juror
