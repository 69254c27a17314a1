#include "train/best_checkpoint.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace juror {

void BestCheckpoint::offer(std::int64_t at, double value, bool greater_is_better) {
  if (std::isnan(value)) return;
  if (metric && !(greater_is_better ? value > *metric : value < *metric)) return;
  metric = value;
  step = at;
}

void BestCheckpoint::add_to(nlohmann::ordered_json& state) const {
  using Json = nlohmann::ordered_json;
  state["best_metric"] = metric ? Json(*metric) : Json();
  state["best_global_step"] = metric ? Json(step) : Json();
  state["best_model_checkpoint"] = metric ? Json("checkpoint-" + std::to_string(step)) : Json();
}

BestCheckpoint BestCheckpoint::from(const nlohmann::json& state) {
  if (!state.contains("best_metric") || state["best_metric"].is_null()) return {};
  return {.metric = state["best_metric"].get<double>(),
          .step = state.at("best_global_step").get<std::int64_t>()};
}

}  // namespace juror
