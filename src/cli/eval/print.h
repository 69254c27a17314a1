// The tables of an evaluation as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace juror {

/// The whole result for a person: the table, what the judge's probabilities are worth, published
/// numbers. `summary` as in docs/formats.md.
std::string eval_text(const nlohmann::ordered_json& summary, const std::string& title, bool color);

/// "64.2 %", or "-" for what is not known.
std::string percent_text(const nlohmann::ordered_json& share);

}  // namespace juror
