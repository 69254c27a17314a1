// What looks wrong in a run, told once.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace juror {

/// Watches the metrics of steps that sampled: lengths that drift to twice or half of those at the
/// start, almost always the same answer, entropy that collapses, groups without spread throughout,
/// log-probs of sampling and training that drift apart.
/// Part of a checkpoint, so that a resumed run says what an uninterrupted one would.
class Alarms {
 public:
  /// The sentences that are new with this step's metrics.
  std::vector<std::string> check(const nlohmann::ordered_json& metrics);

  nlohmann::ordered_json state() const;
  void load_state(const nlohmann::json& state);

 private:
  double first_length_ = 0, first_entropy_ = 0, first_difference_ = 0;
  std::int64_t flat_steps_ = 0;
  std::vector<std::string> said_;  ///< kinds of alarm
};

}  // namespace juror
