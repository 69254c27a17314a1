// A ranking under way: it asks for the pairs that are worth comparing and is told what was read, by
// whoever reads. Pure: knows no judge, no clock, no file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "preference/pair_choice.h"
#include "preference/pair_order.h"
#include "preference/ranking.h"
#include "preference/strengths.h"

namespace juror {

/// What a ranking may cost and when it is good enough.
struct SessionOptions {
  std::int64_t budget = -1;        ///< comparisons; -1: default_budget(n)
  std::int64_t budget_tokens = 0;  ///< prompts' and completions'; 0: any number
  double budget_seconds = 0;       ///< 0: any time
  std::int64_t stop_top_k = 0;     ///< 0: no matter
  double stop_interval_width = 0;  ///< in win probability; 0: no matter

  template <class Field>
  void fields(Field&& field) {
    field("budget", budget,
          "Most comparisons; -1: all pairs up to 10 pictures, about 5 a picture at 100, 7 at 1000",
          Range{-1, 1e12});
    field("budget_tokens", budget_tokens,
          "Most tokens of prompts and completions, both orders counted; 0: no limit",
          Range{0, 1e15});
    field("budget_seconds", budget_seconds, "Most seconds of comparing; 0: no limit",
          Range{0, 1e9});
    field("stop_top_k", stop_top_k,
          "Stop when the best K are told apart from the others (95 %); 0: do not look",
          Range{0, 1e9});
    field("stop_interval_width", stop_interval_width,
          "Stop when no 95 % interval is wider than this, in win probability; 0: do not look",
          Range{0, 1});
  }
};

/// Most tokens that the comparison of a pair can take.
using PairCost = std::function<std::int64_t(const PairIndex&)>;

enum class StopReason {
  kAllPairs,       ///< every pair was compared
  kBudget,         ///< of comparisons
  kTokens,         ///< another comparison might need more tokens than are left
  kSeconds,        ///< the time is up
  kTopK,           ///< the best k are told apart from the others
  kIntervalWidth,  ///< every interval is narrow enough
};

/// "all pairs", "budget", "token budget", "time budget", "top k", "interval width".
std::string_view name(StopReason reason);

/// All pairs up to 10 images; above, 0.74·n·log2 n comparisons (491 of 4,950 at n = 100; 7,374 of
/// 499,500 at n = 1,000), but no fewer than 45, which 10 images take.
std::int64_t default_budget(std::size_t n);

// clang-format off
/// Asks for pairs and is told reads; the same tells in any order give the same pairs.
///
///     RankingSession session(n, {.budget = 500}, {});
///     while (!session.stopped()) {
///       for (const PairIndex& pair : session.next(16))   // empty: reads are missing before more can be chosen
///         session.tell(pair, reads_of_somebody(pair));   // at once, or later and in any order
///     }
///     const Ranking ranking = session.ranking();
///
/// Up to 10 images, or with a budget for all pairs and no stop rule, all pairs are asked for, in rounds in
/// which each image stands once. Above, in batches of an eighth of the images: first everyone once, as in a
/// Swiss tournament, then the pairs of greatest expected information (`choose_pairs`). A batch is chosen from all
/// batches but the last, whose pairs count as read as expected: so the next can be asked while the last is read,
/// and what is asked does not hang on who is quicker. No pair is asked twice: its votes would be the same ones.
// clang-format on
class RankingSession {
 public:
  /// ranking.seed also decides between pairs that promise the same. Throws Error for options that
  /// contradict each other.
  RankingSession(std::size_t n, const SessionOptions& options, const RankingOptions& ranking = {});

  /// At most `most` pairs to compare now, `elapsed_s` after the beginning. `cost` is asked where
  /// there is a token budget, and must be there then: what it says is set aside until the pair is
  /// told, and a pair for which too little is left is not asked for.
  std::vector<PairIndex> next(std::size_t most, double elapsed_s = 0, const PairCost& cost = {});
  /// What was read of a pair that was asked for; no reads: it could not be read.
  void tell(const PairIndex& pair, std::vector<Read> reads, std::int64_t tokens = 0);

  /// Why nothing more is asked for; nothing while more may come. Reads may still be missing.
  std::optional<StopReason> stopped() const { return stopped_; }
  std::size_t missing() const { return missing_; }  ///< pairs asked for and not told
  std::int64_t asked() const { return static_cast<std::int64_t>(handed_out_); }
  std::int64_t budget() const { return budget_; }  ///< comparisons, never more than all pairs
  std::int64_t tokens() const { return tokens_; }  ///< told
  std::size_t images() const { return n_; }
  bool has_token_budget() const { return options_.budget_tokens > 0; }
  /// What the last pair might cost that `next` was asked the cost of.
  std::int64_t tokens_of_next() const { return tokens_of_next_; }
  bool is_time_up(double elapsed_s) const {
    return options_.budget_seconds > 0 && elapsed_s >= options_.budget_seconds;
  }

  /// Of all that was told, whatever is missing.
  Ranking ranking() const;

 private:
  struct Asked {
    PairIndex pair;
    std::size_t batch = 0;
    bool is_told = false;
    std::int64_t tokens_aside = 0;  ///< until it is told
    std::vector<Read> reads;
  };

  bool affords(Asked& asked, const PairCost& cost);
  void choose_batch();
  void add_batch(const std::vector<PairIndex>& pairs);
  std::vector<PairIndex> rounds(std::int64_t count, std::size_t left) const;
  bool has_stop_rule() const;
  bool is_good_enough(std::span<const PairReads> reads);

  std::size_t n_;
  SessionOptions options_;
  RankingOptions ranking_;
  std::int64_t budget_ = 0, all_pairs_ = 0;
  bool is_in_rounds_ = false;  ///< all pairs in rounds, without choosing

  Strengths strengths_;
  AskedPairs asked_;
  std::vector<Asked> pairs_;                   // chosen, in order
  std::map<PairIndex, std::size_t> place_of_;  // in pairs_
  std::size_t handed_out_ = 0;                 // of pairs_
  std::vector<std::size_t> untold_;            // by batch
  std::int64_t tokens_ = 0, tokens_aside_ = 0, tokens_of_next_ = 0;
  std::size_t missing_ = 0;
  std::optional<StopReason> stopped_;
};

}  // namespace juror
