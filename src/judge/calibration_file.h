// calibration.json: a temperature and a tie band that were fitted on a validation split, beside a
// model or anywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "preference/calibration.h"
#include "preference/vote.h"

namespace juror {

/// The file's content: what to apply, and what it was fitted on.
struct CalibrationFile {
  Calibration calibration = {};
  std::string protocol = {}, model = {}, model_hash = {};
  std::int64_t pairs = 0, prompts = 0;
  double brier_before = 0, brier_after = 0;

  nlohmann::ordered_json json() const;
};

inline constexpr const char* kCalibrationName = "calibration.json";

/// Throws Error naming the file and the key: not such a file, a temperature that is not above 0, a
/// band outside 0 … ½.
CalibrationFile load_calibration(const std::filesystem::path& file);

/// A warning where the file was fitted on other weights than those of this hash; nothing where it
/// does not say.
void warn_of_other_weights(const CalibrationFile& calibration, const std::filesystem::path& file,
                           const std::string& model_hash);

/// The file that the option `--calibration` means: "none" is nothing, "auto" is calibration.json in
/// the model's folder if it is there, anything else the file itself.
std::optional<std::filesystem::path> calibration_path(const std::string& option,
                                                      const std::filesystem::path& model_folder);

/// The result after the temperature; a tie is |p − ½| < the larger of its own tie band and the
/// calibration's.
PairResult calibrated(PairResult result, const Calibration& calibration);

}  // namespace juror
