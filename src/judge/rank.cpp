#include "judge/rank.h"

#include <algorithm>
#include <utility>

#include "judge/stop_grace.h"

namespace juror {

double Ranker::seconds(const Begun& begun) {
  return std::chrono::duration<double>(Clock::now() - begun.since).count();
}

void Ranker::begin(RankingTask& task) { begun_.push_back({&task, Clock::now()}); }

void Ranker::ask() {
  for (const Begun& begun : begun_) ask(begun);
}

void Ranker::ask(const Begun& begun) {
  RankingTask& task = *begun.task;
  const PairCost cost = [&](const PairIndex& pair) { return most_tokens(task, pair); };
  while (judge_.has_room() && !task.refusal) {
    const std::vector<PairIndex> pairs = task.session.next(1, seconds(begun), cost);
    if (pairs.empty()) return;
    const PairIndex pair = pairs.front();
    if (auto known = task.known.extract(pair)) {
      Comparison& comparison = task.comparisons.emplace_back(std::move(known.mapped()));
      task.session.tell(pair, reads_of(comparison.votes), comparison.tokens);
      continue;
    }
    try {
      const std::size_t number = judge_.ask(task.prompt, task.candidates.at(pair.first),
                                            task.candidates.at(pair.second), options_);
      asked_[number] = {&task, pair};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) throw;
      task.refusal = error;
    }
  }
}

std::int64_t Ranker::most_tokens(const RankingTask& task, const PairIndex& pair) {
  const auto known = task.known.find(pair);
  if (known != task.known.end()) return known->second.tokens;
  const CandidateImage shown[] = {task.candidates.at(pair.first), task.candidates.at(pair.second)};
  return judge_.most_tokens(task.prompt, shown, options_);
}

RankingTask* Ranker::poll() {
  std::optional<FinishedComparison> one = judge_.poll();
  if (!one) return nullptr;
  const auto asked = asked_.extract(one->number);
  if (asked.empty()) return nullptr;  // of a task whose time was up
  RankingTask& task = *asked.mapped().task;
  if (one->refusal) task.refusal = one->refusal;
  if (task.refusal) return nullptr;
  one->comparison.pair = asked.mapped().pair;
  task.session.tell(one->comparison.pair, reads_of(one->comparison.votes), one->comparison.tokens);
  task.comparisons.push_back(std::move(one->comparison));
  return &task;
}

RankingTask* Ranker::take_finished() {
  const auto done = std::find_if(begun_.begin(), begun_.end(), [](const Begun& begun) {
    const RankingSession& session = begun.task->session;
    return begun.task->refusal || session.is_time_up(seconds(begun)) ||
           (session.stopped() && session.missing() == 0);
  });
  if (done == begun_.end()) return nullptr;
  RankingTask* task = done->task;
  task->session.next(0, seconds(*done));  // that its time was up is then why it stopped
  begun_.erase(done);
  std::erase_if(asked_, [&](const auto& asked) { return asked.second.task == task; });
  return task;
}

double rank_candidates(RankingTask& task, Judge& judge, const JudgeOptions& options,
                       const Progress& progress) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Ranker ranker(judge, options);
  StopGrace grace(progress, "comparing");
  const auto tell = [&] { grace.tell(std::ssize(task.comparisons), task.session.budget()); };
  tell();
  ranker.begin(task);
  while (true) {
    if (!grace.is_stopped()) ranker.ask();
    if (ranker.take_finished() != nullptr) break;
    if (grace.is_over() || (grace.is_stopped() && !ranker.is_busy())) break;
    ranker.poll();
    if (task.refusal) throw Error(*task.refusal);
    tell();
  }
  if (task.refusal) throw Error(*task.refusal);
  std::sort(task.comparisons.begin(), task.comparisons.end(),
            [](const Comparison& a, const Comparison& b) { return a.pair < b.pair; });
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace juror
