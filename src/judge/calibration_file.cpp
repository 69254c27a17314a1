#include "judge/calibration_file.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/parse_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kEvenTolerance = 1e-12;

double read_number(const Json& json, const char* key, double low, double high,
                   const std::string& file) {
  require(json.contains(key) && json[key].is_number(), "'{}': the number '{}' is missing.", file,
          key);
  const double value = json[key].get<double>();
  require(value >= low && value <= high, "'{}': {} is {}, and {} to {} is expected.", file, key,
          value, low, high);
  return value;
}

std::string text_or_empty(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

}  // namespace

Json CalibrationFile::json() const {
  return {{"temperature", calibration.temperature},
          {"tie_band", calibration.tie_band},
          {"protocol", protocol},
          {"model", model},
          {"model_hash", model_hash},
          {"pairs", pairs},
          {"prompts", prompts},
          {"brier_before", brier_before},
          {"brier_after", brier_after}};
}

CalibrationFile load_calibration(const std::filesystem::path& file) {
  const Json json = json_or_discarded<Json>(read_file(file));
  require(json.is_object(),
          "'{}' is not a calibration: a JSON object is expected. juror eval calibrate makes one.",
          file.string());
  CalibrationFile read{
      .calibration = {.temperature = read_number(json, "temperature", 1e-3, 1e3, file.string()),
                      .tie_band = read_number(json, "tie_band", 0, 0.5, file.string())},
      .protocol = text_or_empty(json, "protocol"),
      .model = text_or_empty(json, "model"),
      .model_hash = text_or_empty(json, "model_hash")};
  return read;
}

std::optional<std::filesystem::path> calibration_path(const std::string& option,
                                                      const std::filesystem::path& model_folder) {
  if (option == "none") return std::nullopt;
  if (option != "auto") return option;
  const std::filesystem::path beside = model_folder / kCalibrationName;
  if (!std::filesystem::is_directory(model_folder) || !std::filesystem::exists(beside))
    return std::nullopt;
  return beside;
}

void warn_of_other_weights(const CalibrationFile& calibration, const std::filesystem::path& file,
                           const std::string& model_hash) {
  if (calibration.model_hash.empty() || calibration.model_hash == model_hash) return;
  log_warning(
      fmt::format("The calibration '{}' was fitted on other weights than the model has ({}, "
                  "not {}): fit it anew (juror eval calibrate), or --calibration none.",
                  file.string(), calibration.model_hash, model_hash));
}

PairResult calibrated(PairResult result, const Calibration& calibration) {
  for (double* p : {&result.p, &result.p_ij, &result.p_ji})
    *p = tempered(*p, calibration.temperature);
  result.tie_band = std::max(result.tie_band, calibration.tie_band);
  const double lead = std::abs(result.p - 0.5);
  result.tie = lead <= kEvenTolerance || lead < result.tie_band;
  result.abstained = lead < result.abstain_below;
  return result;
}

}  // namespace juror
