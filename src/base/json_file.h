// Small JSON files read whole: what is wrong with them is said with their name.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {

/// The JSON of a file. Throws Error naming it when it is missing, empty or no JSON.
nlohmann::json read_json_file(const std::filesystem::path& file);

/// Runs `read` on what came of `file`; a key that is missing or of another type, which the JSON
/// library throws, becomes an Error naming the file.
template <class Read>
auto reading_keys_of(const std::filesystem::path& file, Read&& read) {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    throw Error(
        fmt::format("'{}' does not hold what is expected of it: {}.", file.string(), error.what()));
  }
}

}  // namespace juror
