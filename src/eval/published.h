// Accuracies that publications state, to stand beside ours. Read from papers and model cards,
// measured by nobody here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace juror {

struct PublishedNumber {
  std::string name;
  std::string set;
  double accuracy = 0;  ///< 0 … 1
  std::string note;     ///< doubts, or ""
};

/// Those on the test set that a protocol belongs to; none for `pickapic`, `pairs` and `opinion`.
std::vector<PublishedNumber> published_numbers(std::string_view protocol);

}  // namespace juror
