// Which checkpoint of a run was the best on held-out pairs. In trainer_state.json under the names
// that transformers has.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace juror {

struct BestCheckpoint {
  std::optional<double> metric;  ///< none until a checkpoint was evaluated
  std::int64_t step = 0;

  /// Takes the checkpoint of `step`, whose metric is `value`, if it is better than the best so far.
  /// The first of equal ones stays; NaN is never better.
  void offer(std::int64_t step, double value, bool greater_is_better);

  /// best_metric, best_global_step, best_model_checkpoint (by its name in the run folder, so that a
  /// run can be moved); null each where there is none.
  void add_to(nlohmann::ordered_json& state) const;
  /// Of a trainer_state.json; none where it says nothing.
  static BestCheckpoint from(const nlohmann::json& state);
};

}  // namespace juror
