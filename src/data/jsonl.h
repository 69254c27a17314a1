// Preference examples as JSON Lines:
// {"id","prompt","images":[…],"ranking":[…]?,"votes":[[…],…]?,"source"?}.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "preference/example.h"

namespace juror {

/// Reads every line. Throws Error with the file and line for anything that is not such an example:
/// broken JSON, a missing, unknown or wrongly typed key, no image, ranks that do not match the
/// images or are below 1, an id seen before.
std::vector<PreferenceExample> read_preference_jsonl(const std::filesystem::path& file);

/// One line's object. `place` is what errors begin with. Throws Error as above, but for ids seen
/// before.
PreferenceExample preference_of(const nlohmann::json& object, const std::string& place);

/// One example as one line, without the line break; keys in the order above, absent ones left out.
std::string to_jsonl_line(const PreferenceExample& example);

/// Writes all examples; the file appears complete or not at all.
void write_preference_jsonl(const std::filesystem::path& file,
                            const std::vector<PreferenceExample>& examples);

}  // namespace juror
