// What judging leaves on record: the options that decide votes, who voted on what.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/judge/judging.h"

namespace juror {

/// Adds the version of libtorch, where it votes, and hashes of model and template.
void add_judge(const LoadedJudge& loaded, nlohmann::ordered_json& record);

/// `run_record` with `add_judge` and hashes of the pictures.
nlohmann::ordered_json judging_record(const LoadedJudge& loaded,
                                      const std::vector<std::string>& pictures,
                                      const Context& context);

/// {"temperature", "tie_band"}, as journals and results have it.
nlohmann::ordered_json calibration_json(const Calibration& calibration);

/// What headers of journals say of the options that decide the votes on a pair; of the policy,
/// only what is not at its default.
nlohmann::ordered_json voting_json(const JudgeOptions& options);

}  // namespace juror
