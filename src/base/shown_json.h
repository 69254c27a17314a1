// A JSON value inside a sentence.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace juror {

/// A value as it is written, cut short: however long or deep it is, no more than a line of it is
/// looked at, so that arguments of `require` cost little where nothing is wrong.
std::string shown_json(const nlohmann::json& value);
std::string shown_json(const nlohmann::ordered_json& value);

}  // namespace juror
