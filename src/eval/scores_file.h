// A user's own scores of images, to stand in the same table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "preference/example.h"

namespace juror {

/// JSON Lines: {"image": NAME, "score": 1.5}, with {"id": EXAMPLE} too where an image stands in
/// several examples, or
/// {"id": EXAMPLE, "scores": [1.5, …]}, one an image. Higher is better. NAME is as the data set has
/// it, or its last part.
class ScoresFile {
 public:
  /// Throws Error naming the file and line: no JSON, none of these shapes, a number that is no
  /// number, the same image twice with different scores.
  explicit ScoresFile(const std::filesystem::path& file);

  const std::string& file() const { return file_; }

  /// NaN for an image without a score. Throws Error naming file, line, example and both lengths
  /// when an example's list of scores is of another length than its images.
  std::vector<double> scores_of(const PreferenceExample& example) const;

 private:
  struct List {
    std::vector<double> scores;
    std::size_t line = 0;
  };
  void add(const std::string& key, double score, const std::string& where);

  std::string file_;
  std::map<std::string, double> by_image_;  ///< key: id, line break, name; the id may be empty
  std::map<std::string, List> by_example_;
};

/// How far a file of scores covers a data set.
struct ScoresCoverage {
  std::int64_t examples = 0;  ///< read
  std::int64_t scored = 0;    ///< of them, with a score for every image
};

/// Goes through the rows, and no images, before anything is judged. Throws Error as `scores_of`
/// does, and when no image of any example has a score: the file is of other data.
ScoresCoverage cover(DatasetReader& reader, const ScoresFile& scores);

}  // namespace juror
