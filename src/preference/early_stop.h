// When further votes on a pair are not worth their time.
#pragma once

#include <cstdint>
#include <span>

#include "base/options.h"
#include "preference/vote.h"

namespace juror {

struct EarlyStopOptions {
  std::int64_t min_votes = 4;  ///< readable votes before stopping is considered
  double threshold = 1;        ///< posterior probability of the winner that suffices; 1 never stops

  template <class Field>
  void fields(Field&& field) {
    field("early_stop", threshold,
          "Take no more votes on a pair once its winner is this sure (Beta posterior, say 0.95); 1 "
          "takes them all",
          Range{0.5, 1.0});
    field("early_stop_votes", min_votes,
          "Readable votes of a pair before they may be stopped early; more come as many at a time",
          Range{1, 1 << 20});
  }
};

/// P(win rate > ½) of the side that leads, for a Beta(1 + wins, 1 + losses) posterior; 0.5 … 1.
/// Soft (fractional) wins are allowed.
double winner_posterior(double wins, double losses);

/// True when the reads so far (Σp soft wins for the first) settle the pair. Call it after whole
/// rounds (one vote in each order): position bias then cancels and cannot stop the sampling.
bool should_stop(std::span<const Vote> votes, const EarlyStopOptions& options);

}  // namespace juror
