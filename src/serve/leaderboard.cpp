#include "serve/leaderboard.h"

#include <map>

namespace juror {
namespace {

/// The entry of one side of a vote, made when it is first seen.
class Entries {
 public:
  Entries(Leaderboard& board, RatedBy by) : board_(board), by_(by) {}

  std::size_t of(const HumanVote& vote, std::size_t side) {
    const bool by_name = by_ == RatedBy::kName && !vote.names[side].empty();
    const std::string& key = by_name ? vote.names[side] : vote.images[side];
    const auto [place, is_new] = places_.emplace(key, board_.entries.size());
    if (is_new) board_.entries.push_back({.key = key, .name = {}});
    if (!vote.names[side].empty()) board_.entries[place->second].name = vote.names[side];
    return place->second;
  }

 private:
  Leaderboard& board_;
  RatedBy by_;
  std::map<std::string, std::size_t> places_;
};

void count(const HumanVote& vote, RatedEntry& first, RatedEntry& second) {
  switch (vote.choice) {
    case VoteChoice::kFirst:
      ++first.wins;
      ++second.losses;
      break;
    case VoteChoice::kSecond:
      ++first.losses;
      ++second.wins;
      break;
    case VoteChoice::kTie:
      ++first.ties;
      ++second.ties;
      break;
    case VoteChoice::kBothBad:
      ++first.both_bad;
      ++second.both_bad;
      break;
  }
}

}  // namespace

Leaderboard leaderboard(const std::vector<HumanVote>& votes, RatedBy by) {
  Leaderboard board;
  Entries entries(board, by);
  std::vector<PairReads> reads;
  for (const HumanVote& vote : votes) {
    const std::size_t first = entries.of(vote, 0), second = entries.of(vote, 1);
    if (first == second) continue;  // two pictures of one name say nothing about it
    count(vote, board.entries[first], board.entries[second]);
    reads.push_back({first, second, {{.p = vote.share()}}});
    ++board.votes;
  }
  const std::size_t n = board.entries.size();
  board.wins.assign(n, std::vector<double>(n, 0.0));
  for (const PairReads& one : reads) {
    board.wins[one.first][one.second] += one.reads[0].p;
    board.wins[one.second][one.first] += 1 - one.reads[0].p;
  }
  if (n > 0) board.ranking = rank_images(n, reads);
  return board;
}

JudgeAgreement judge_agreement(const std::vector<HumanVote>& votes, const std::string& model) {
  JudgeAgreement agreement;
  for (const HumanVote& vote : votes) {
    if (!vote.judge_p || (!model.empty() && vote.judge_model != model)) {
      ++agreement.unknown;
    } else if (vote.share() == 0.5 || *vote.judge_p == 0.5) {
      ++agreement.undecided;
    } else {
      ++agreement.decided;
      agreement.agreed += (vote.share() > 0.5) == (*vote.judge_p > 0.5);
    }
  }
  agreement.interval =
      wilson(static_cast<double>(agreement.agreed), static_cast<double>(agreement.decided));
  return agreement;
}

}  // namespace juror
