// A line of completions.jsonl: one sampled completion of a training run with what was made of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace juror {

/// One logged completion. NaN: not known.
struct LoggedCompletion {
  double step = 0;
  std::string id;
  std::string prompt;
  std::vector<std::string> images;  ///< paths or data: URIs, in the order of the data set
  bool swapped = false;             ///< it saw them in the other order
  double vote_share = 0;            ///< share of people who prefer the first of `images`
  std::string rank;       ///< "best", "worst" or "any" in its group; "" where it is not said
  double group_size = 0;  ///< completions in that group
  std::string thinking, answer, status;
  double p = 0;                                         ///< P(the one shown first is better)
  double reward = 0;                                    ///< weighted sum
  std::vector<std::pair<std::string, double>> rewards;  ///< by name, in the order of the file
  double advantage = 0;
};

nlohmann::ordered_json completion_json(const LoggedCompletion& completion);

/// Throws Error naming `place` for a line without a step or with a key of another type; other keys
/// may be missing.
LoggedCompletion read_completion(const nlohmann::ordered_json& line, const std::string& place);

/// The step alone. Throws Error as above.
double step_of_line(const nlohmann::ordered_json& line, const std::string& place);

}  // namespace juror
