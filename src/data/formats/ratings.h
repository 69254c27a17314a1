// What a row of a table of ratings says: names of columns, numbers, and what is wrong with them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/table.h"
#include "preference/rating.h"

namespace juror {

/// The columns of a table of ratings, by their names in the table; empty where it has none.
struct RatingColumns {
  std::string image, mean, sd, count, split;
  std::vector<std::string> counts;  ///< people for each point of the scale, from the first
};

/// Names are compared in small letters, spaces as '_'. AVA, KonIQ-10k and SPAQ are among what is
/// known (docs/data.md).
RatingColumns rating_columns(const Record& record);

/// Whether the columns name an image and what people said of it.
bool are_ratings(const RatingColumns& columns);

/// Reads the ratings of one table after another: all must write decimals alike.
class RatingParser {
 public:
  /// decimal: auto, point or comma. low, high: the stated range, if any.
  RatingParser(std::string decimal, std::optional<std::pair<double, double>> range)
      : decimal_(std::move(decimal)), range_(range) {}

  /// Throws Error naming the row's place and the column.
  Rating rating(const Record& record, const RatingColumns& columns);

 private:
  double number(const Record& record, const std::string& column);
  std::string with_point(const Record& record, const std::string& column, std::string text);
  std::vector<double> counts(const Record& record, const RatingColumns& columns);

  std::string decimal_;
  std::optional<std::pair<double, double>> range_;
  std::string first_place_;  ///< of the number that showed what stands before decimals
};

}  // namespace juror
