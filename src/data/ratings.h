// Tables of ratings: one image a row with what people said of it by itself. Pairs of them are drawn
// by data/rating_pairs.h.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "preference/rating.h"

namespace juror {

struct RatedImage {
  std::string name;  ///< as the table has it
  ImageSource image;
  Rating rating;
  std::string prompt = {};  ///< what it was made of; may be empty
  std::string group = {};   ///< pairs are drawn within a group
  std::string split = {};   ///< as the table has it; empty where it has none
};

/// The lowest and the highest mean that a table could have.
struct RatingScale {
  double low = 0, high = 100;
  bool is_assumed = true;  ///< the smallest usual scale that holds all means; else it was stated
};

struct RatedImages {
  std::vector<RatedImage> images;  ///< of the split and fraction, in the order of the table
  RatingScale scale;
  std::string group_column;       ///< empty: over all
  bool publishes_splits = false;  ///< by files or a column; else split and fraction are Juror's
};

/// Whether the tables of a split hold ratings: by `options.format`, else by the first row.
bool holds_ratings(const std::filesystem::path& path, const DatasetOptions& options);

/// The images of a data set of ratings that `options.split` and `options.fraction` choose. A split
/// is a file of that name, else a value of the column `split`, else a share of the images (or
/// groups) by a hash of the name, as open_dataset has it for prompts. Throws Error naming file,
/// line and column: a score that is no number or outside the stated range, one rating alone, a
/// spread of 0, an image that stands twice, also in another split.
RatedImages read_rated_images(const std::filesystem::path& path, const DatasetOptions& options);

/// The images of all splits, for those who do not learn from them. Throws Error likewise.
std::vector<RatedImage> read_all_rated_images(const std::filesystem::path& path);

/// The images, a row each with its rating; its id is the name.
std::unique_ptr<DatasetReader> open_rated_images(RatedImages images);

/// Pairs of these images as rows of two images, drawn by `options.ratings` and `options.seed`.
std::unique_ptr<DatasetReader> open_rated_pairs(RatedImages images, const DatasetOptions& options);

}  // namespace juror
