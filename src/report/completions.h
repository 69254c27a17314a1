// completions.jsonl of a training run: sampled thoughts, a few of them chosen to be shown.
#pragma once

#include <filesystem>
#include <vector>

#include "records/completion.h"

namespace juror {

/// Completions of one prompt at one step, the best advantage first.
struct LoggedGroup {
  std::vector<LoggedCompletion> completions;  ///< never empty
  std::size_t left_out = 0;                   ///< logged, but not shown
};

struct ChoiceOptions {
  std::size_t steps = 5;        ///< spread from the first to the last logged one
  std::size_t groups = 2;       ///< of each step
  std::size_t completions = 4;  ///< of each group: the best and the worst by advantage
};

struct ChosenCompletions {
  std::vector<LoggedGroup> groups;  ///< by step
  bool was_cut = false;             ///< the file ends in the middle of a line
};

/// `most` of the values, evenly spread by place, with the first and the last. All when there are no
/// more.
std::vector<double> spread(const std::vector<double>& values, std::size_t most);

/// Reads the file twice: for its steps, then for what is shown. Throws Error with file and line.
ChosenCompletions choose_completions(const std::filesystem::path& file,
                                     const ChoiceOptions& options = {});

}  // namespace juror
