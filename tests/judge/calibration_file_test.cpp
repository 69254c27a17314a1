// calibration.json: what is read, refused, found and applied.
#include "judge/calibration_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

TEST(CalibrationFile, ReadsBackWhatItWrites) {
  const TempFolder folder;
  const CalibrationFile file{.calibration = {.temperature = 1.5, .tie_band = 0.1},
                             .protocol = "pairs",
                             .model = "m",
                             .model_hash = "h"};
  const CalibrationFile read = load_calibration(folder.write("c.json", file.json().dump()));
  EXPECT_EQ(read.calibration.temperature, 1.5);
  EXPECT_EQ(read.calibration.tie_band, 0.1);
  EXPECT_EQ(read.model_hash, "h");
}

TEST(CalibrationFile, NamesTheKeyThatIsWrong) {
  const TempFolder folder;
  const auto refusal = [&](const std::string& text) {
    return refusal_of([&] { load_calibration(folder.write("c.json", text)); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal("[]"), HasSubstr("not a calibration"));
  EXPECT_THAT(refusal(R"({"tie_band":0})"), HasSubstr("'temperature' is missing"));
  EXPECT_THAT(refusal(R"({"temperature":0,"tie_band":0})"), HasSubstr("temperature is 0"));
  EXPECT_THAT(refusal(R"({"temperature":1,"tie_band":0.7})"), HasSubstr("tie_band is 0.7"));
}

TEST(CalibrationFile, IsFoundBesideTheModelUnlessNoneIsAskedFor) {
  const TempFolder folder;
  EXPECT_EQ(calibration_path("auto", folder.path()), std::nullopt);
  folder.write("calibration.json", "{}");
  EXPECT_EQ(calibration_path("auto", folder.path()), folder.path() / "calibration.json");
  EXPECT_EQ(calibration_path("none", folder.path()), std::nullopt);
  EXPECT_EQ(calibration_path("other.json", folder.path()), std::filesystem::path("other.json"));
}

TEST(Calibrated, TempersEveryProbabilityAndDecidesTiesAnew) {
  const PairResult result =
      calibrated({.status = PairStatus::kOk, .p = 0.8, .p_ij = 0.8, .p_ji = 0.2},
                 {.temperature = 2, .tie_band = 0.2});
  EXPECT_NEAR(result.p, 2.0 / 3, 1e-12);
  EXPECT_NEAR(result.p_ji, 1.0 / 3, 1e-12);
  EXPECT_TRUE(result.tie);  // 0.8 was none
}

TEST(Calibrated, LeavesAnUnreadPairUnread) {
  EXPECT_FALSE(calibrated({}, {.temperature = 2, .tie_band = 0.2}).tie);
}

TEST(CalibrationFile, OfOtherWeightsIsToldSo) {
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  warn_of_other_weights({.model_hash = "aa"}, "c.json", "aa");
  warn_of_other_weights({}, "c.json", "aa");
  EXPECT_EQ(said, "");
  warn_of_other_weights({.model_hash = "aa"}, "c.json", "bb");
  EXPECT_NE(said.find("'c.json' was fitted on other weights than the model has (aa, not bb)"),
            std::string::npos);
  set_log_sink({});
}

}  // namespace
}  // namespace juror
