// A preference example: a prompt, its candidate images, and how people ranked them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace juror {

/// One prompt with its candidates. Ranks: 1 = best, ties and gaps allowed.
struct PreferenceExample {
  std::string id;
  std::string prompt;
  std::vector<std::string> images;                ///< paths, relative to the data set's root
  std::optional<std::vector<int>> ranking;        ///< one rank per image
  std::vector<std::vector<int>> votes;            ///< one ranking per annotator
  std::string source;                             ///< where it comes from; may be empty
  bool operator==(const PreferenceExample&) const = default;
};

}  // namespace juror
