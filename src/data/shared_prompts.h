// Prompts that a data set publishes in two of its splits: what was trained on the one is not
// measured on the other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "data/dataset.h"

namespace juror {

struct SharedPrompt {
  std::string prompt;
  std::string first_split, second_split;  ///< in the order of their names
};

struct SharedPrompts {
  std::int64_t count = 0;           ///< different texts, the empty one aside
  std::vector<SharedPrompt> first;  ///< the first five
};

/// Reads the rows of every split, and no images; of each as many as `options.limit` says. Memory
/// grows by some dozen bytes a prompt. Nothing where there are no two splits. Stops early, with
/// what there is, when `progress` says so. Throws Error as the readers do.
std::optional<SharedPrompts> find_shared_prompts(const std::filesystem::path& path,
                                                 const DatasetOptions& options,
                                                 const Progress& progress);

}  // namespace juror
