// juror serve: the judge as an HTTP server, with its page.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/command.h"

namespace juror {

struct JudgingOptions;
struct PromptTemplate;
struct ServedModel;

/// How the server comes by models here; null in the program without libtorch.
struct ServeLoaders {
  /// cache_mb: of the engine's keys, values and features; 0: the engine's own measure.
  ServedModel (*model)(const JudgingOptions& options, std::int64_t cache_mb,
                       Context& context) = nullptr;
  PromptTemplate (*prompt_template)(const std::filesystem::path& folder,
                                    const std::string& name_or_path) = nullptr;
};

Command serve_command(ServeLoaders loaders = {});

}  // namespace juror
