// The test-time policy: how many votes are taken on a pair, of which kind, and when they suffice.
// One set of options for every command that judges.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/options.h"
#include "engine/sampling_options.h"
#include "preference/early_stop.h"
#include "preference/vote.h"

namespace juror {

/// How votes are taken.
struct JudgeOptions {
  std::int64_t votes = 4;
  std::string orders = "both";
  bool think = true;
  std::string effort = "medium";
  double open_band = 0.3;
  EarlyStopOptions early_stop;
  bool listener_check = false;
  std::int64_t batch_rows = 64;
  SamplingOptions sampling;
  PairOptions pair;
  std::int64_t seed = 0;  ///< a flag of every command, so not among the fields

  template <class Field>
  void fields(Field&& field) {
    field("votes", votes, "Thoughts sampled for each order of a pair", Range{1, 4096});
    field("orders", orders, "Orders in which a pair is shown; judges are biased by position",
          OneOf{{"both", "given", "swapped"}});
    field("think", think,
          "Think aloud before answering; without it each order is one forward read");
    field("effort", effort,
          "low: one forward read an order, no thoughts; medium: --votes thoughts; high: four times "
          "as many; auto: a forward read, and --votes thoughts where that leaves the pair open",
          OneOf{{"low", "medium", "high", "auto"}});
    field("open_band", open_band,
          "effort auto: a pair is open when a forward read has |p - 0.5| below this, or the orders "
          "disagree",
          Range{0.0, 0.5});
    early_stop.fields(field);
    field("listener_check", listener_check,
          "Read each thought again with the pictures blank: an answer that its thought "
          "contradicts is a reason to doubt");
    field("batch_rows", batch_rows, "Most completions decoded together", Range{1, 4096});
    sampling.fields(field);
    pair.fields(field);
  }

  /// What `effort` and `think` come to.
  bool thinks() const { return think && effort != "low"; }
  bool reads_first() const {
    return think && effort == "auto";
  }  ///< a forward read, then perhaps thoughts
  /// Votes of each order when they are not stopped early. A forward read is one, whatever this
  /// says.
  std::int64_t votes_an_order() const;
  /// Votes of each order before anybody looks whether they suffice; then as many again, and so on.
  std::int64_t votes_a_round() const;
};

/// Whether `swapped`, for each order in which a pair is shown.
std::vector<bool> orders_of(const JudgeOptions& options);

/// Whether forward reads leave a pair open (effort auto).
bool is_open(std::span<const Vote> forward_reads, const JudgeOptions& options);

}  // namespace juror
