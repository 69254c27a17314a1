// Tables of ratings: image, mean opinion score and its spread, or counts of each point; AVA,
// KonIQ-10k, SPAQ and tables of one's own. Rows are single images: data/ratings.h reads them.
#include "data/formats/ratings.h"

#include <charconv>
#include <cmath>
#include <numeric>

#include "data/format.h"

namespace juror {
namespace {

const std::vector<std::string> kImageColumns = {"file",       "image",    "path",
                                                "image_name", "filename", "file_name",
                                                "image_path", "image_id", "name"};
const std::vector<std::string> kMeanColumns = {"mos", "score", "mean", "mean_score",
                                               "mean_opinion_score"};
const std::vector<std::string> kSdColumns = {"std",     "sd",      "stddev",
                                             "std_dev", "mos_std", "standard_deviation"};
const std::vector<std::string> kCountColumns = {"n",       "votes",     "c_total",
                                                "n_votes", "num_votes", "num_ratings"};
const std::vector<std::string> kSplitColumns = {"split", "set", "subset"};
const std::vector<std::string> kPointPrefixes = {"",       "c",     "rating", "rating_", "score",
                                                 "score_", "vote_", "votes_", "count_",  "counts_"};
constexpr std::size_t kFewestPoints = 3;
constexpr std::size_t kMostPoints = 101;

std::string plain(std::string name) {
  for (char& c : name) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (c == ' ') c = '_';
  }
  return name;
}

using Names = std::vector<std::pair<std::string, std::string>>;  // plain, as in the table

std::string find_name(const Names& names, const std::string& wanted) {
  for (const auto& [name, own] : names) {
    if (name == wanted) return own;
  }
  return "";
}

std::string find_name(const Names& names, const std::vector<std::string>& wanted) {
  for (const std::string& name : wanted) {
    if (std::string own = find_name(names, name); !own.empty()) return own;
  }
  return "";
}

/// 1, 2, 3 … or c1, c2, … without a gap.
std::vector<std::string> point_columns(const Names& names) {
  for (const std::string& prefix : kPointPrefixes) {
    std::vector<std::string> columns;
    while (columns.size() < kMostPoints) {
      std::string own = find_name(names, prefix + std::to_string(columns.size() + 1));
      if (own.empty()) break;
      columns.push_back(std::move(own));
    }
    if (columns.size() >= kFewestPoints) return columns;
  }
  return {};
}

bool recognises(const Record& record) { return are_ratings(rating_columns(record)); }

}  // namespace

RatingColumns rating_columns(const Record& record) {
  Names names;
  for (const auto& [name, value] : record.fields.items()) names.emplace_back(plain(name), name);
  return {.image = find_name(names, kImageColumns),
          .mean = find_name(names, kMeanColumns),
          .sd = find_name(names, kSdColumns),
          .count = find_name(names, kCountColumns),
          .split = find_name(names, kSplitColumns),
          .counts = point_columns(names)};
}

bool are_ratings(const RatingColumns& columns) {
  return !columns.image.empty() && (!columns.mean.empty() || !columns.counts.empty());
}

std::string RatingParser::with_point(const Record& record, const std::string& column,
                                     std::string text) {
  const std::size_t comma = text.find(','), point = text.find('.');
  if (comma == std::string::npos && point == std::string::npos) return text;
  record.expect(comma == std::string::npos || point == std::string::npos,
                "'{}' is \"{}\", with a point and a comma; write numbers without separators of "
                "thousands.",
                column, text);
  const std::string met = comma == std::string::npos ? "point" : "comma";
  if (decimal_ == "auto") {
    decimal_ = met;
    first_place_ = record.place;
  }
  record.expect(met == decimal_, "'{}' is \"{}\", with a decimal {}, and {} are expected{}.",
                column, text, met, decimal_ == "comma" ? "commas" : "points",
                first_place_.empty() ? " (--ratings.decimal)" : ", as in " + first_place_);
  if (comma != std::string::npos) text[comma] = '.';
  return text;
}

double RatingParser::number(const Record& record, const std::string& column) {
  record.expect(record.has(column), "the number '{}' is missing.", column);
  const nlohmann::json& cell = record.value(column);
  double value = 0;
  if (cell.is_number()) {
    value = cell.get<double>();
  } else {
    record.expect(cell.is_string(), "'{}' is {}; it must be a number.", column, cell.dump());
    const auto written = cell.get<std::string>();
    const std::size_t first = written.find_first_not_of(" \t+");
    const std::string text =
        with_point(record, column,
                   first == std::string::npos
                       ? ""
                       : written.substr(first, written.find_last_not_of(" \t") + 1 - first));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    record.expect(error == std::errc() && end == text.data() + text.size(),
                  "'{}' is \"{}\"; it must be a number.", column, written);
  }
  record.expect(std::isfinite(value), "'{}' is {}; it must be a finite number.", column, value);
  return value;
}

std::vector<double> RatingParser::counts(const Record& record, const RatingColumns& columns) {
  std::vector<double> counts;
  for (const std::string& column : columns.counts) {
    counts.push_back(number(record, column));
    record.expect(counts.back() >= 0 && counts.back() == std::floor(counts.back()),
                  "'{}' is {}; it must be a count of people.", column, counts.back());
  }
  return counts;
}

Rating RatingParser::rating(const Record& record, const RatingColumns& columns) {
  Rating rating{.counts = counts(record, columns)};
  const double counted = std::accumulate(rating.counts.begin(), rating.counts.end(), 0.0);
  if (!columns.count.empty()) rating.count = number(record, columns.count);
  if (!rating.counts.empty()) {
    record.expect(rating.count.value_or(counted) == counted,
                  "'{}' is {}, and the counts together are {}.", columns.count,
                  rating.count.value_or(0), counted);
    rating.count = counted;
  }
  record.expect(rating.count.value_or(2) >= 2 &&
                    rating.count.value_or(2) == std::floor(rating.count.value_or(2)),
                "{} people rated this image; two or more are expected, since one rating is one "
                "person's word and has no spread.",
                rating.count.value_or(0));
  if (!rating.counts.empty()) rating = rating_of_counts(std::move(rating.counts));
  if (!columns.mean.empty()) rating.mean = number(record, columns.mean);
  record.expect(!range_ || (rating.mean >= range_->first && rating.mean <= range_->second),
                "'{}' is {}, outside the stated range from {} to {}.", columns.mean, rating.mean,
                range_ ? range_->first : 0, range_ ? range_->second : 0);
  if (!columns.sd.empty()) rating.sd = number(record, columns.sd);
  record.expect(!rating.counts.empty() || rating.sd.value_or(1) > 0,
                "'{}' is {}; a standard deviation of ratings is above 0 (0 would call every "
                "difference certain). Leave the column out where the spread is not known.",
                columns.sd, rating.sd.value_or(0));
  return rating;
}

DatasetFormat ratings_format() {
  return {
      "ratings",
      "Images with mean ratings or counts of ratings: a table of your own, AVA, KonIQ-10k, SPAQ",
      recognises, nullptr};
}

}  // namespace juror
