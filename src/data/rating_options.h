// How pairs are drawn from a table of ratings. The options alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/options.h"

namespace juror {

struct RatingOptions {
  std::int64_t pairs = 0;
  double min_difference = 0;
  bool balanced = false;
  std::string within = "auto";
  std::string range;
  std::string decimal = "auto";

  template <class Field>
  void fields(Field&& field) {
    field("pairs", pairs, "Pairs to draw from a table of ratings; 0: ten times as many as images",
          Range{0, 1e9});
    field("min_difference", min_difference,
          "Least difference of the mean ratings of a pair, in points of the table",
          Range{0.0, 1e9});
    field("balanced", balanced,
          "As many pairs of large differences as of small ones, not as chance has them");
    field("within", within,
          "Column of groups in which pairs are drawn; auto: of prompts, if any; none: over all");
    field("range", range, "Lowest and highest rating, as 0:100; others are errors");
    field("decimal", decimal, "What stands before decimals in a table of texts",
          OneOf{{"auto", "point", "comma"}});
  }
};

}  // namespace juror
