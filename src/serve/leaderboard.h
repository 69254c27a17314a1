// From people's votes to ratings, a table of wins, and how often the judge agreed. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "preference/agreement.h"
#include "preference/ranking.h"
#include "serve/vote_store.h"

namespace juror {

/// Who is rated: every picture, or every name that pictures go by (a generator's, for instance).
enum class RatedBy { kImage, kName };

struct RatedEntry {
  std::string key;   ///< the picture's hash, or the name
  std::string name;  ///< that it last went by
  std::int64_t wins = 0, losses = 0, ties = 0, both_bad = 0;
};

struct Leaderboard {
  std::vector<RatedEntry> entries;  ///< in the order of `ranking.items`
  Ranking ranking;                  ///< of votes; a tie and two bad ones are half a win for each
  /// [entries][entries]: votes for the row against the column, ties half.
  std::vector<std::vector<double>> wins;
  std::int64_t votes = 0;
};

Leaderboard leaderboard(const std::vector<HumanVote>& votes, RatedBy by);

/// How often the judge was on the side of the vote, where it said something and the vote was for
/// one of the two.
struct JudgeAgreement {
  std::int64_t decided = 0;  ///< votes for one, with a judge's p that is not even
  std::int64_t agreed = 0;
  std::int64_t undecided = 0;  ///< ties of people or of the judge
  std::int64_t unknown = 0;    ///< votes on pairs that the judge never saw
  Interval interval;           ///< of agreed / decided, 95 %
};

/// model: of the votes whose p it gave; "" takes all.
JudgeAgreement judge_agreement(const std::vector<HumanVote>& votes, const std::string& model = "");

}  // namespace juror
