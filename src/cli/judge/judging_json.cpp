#include "cli/judge/judging_json.h"

#include <nlohmann/json.hpp>

#include "base/model_hash.h"
#include "cli/run_record.h"
#include "judge/template_hash.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json calibration_json(const Calibration& calibration) {
  return {{"temperature", calibration.temperature}, {"tie_band", calibration.tie_band}};
}

Json voting_json(const JudgeOptions& options) {
  Json json = {
      {"votes", options.votes},          {"orders", options.orders},
      {"think", options.think},          {"temperature", options.sampling.temperature},
      {"top_k", options.sampling.top_k}, {"top_p", options.sampling.top_p},
      {"min_p", options.sampling.min_p}, {"max_new_tokens", options.sampling.max_new_tokens}};
  if (options.effort != JudgeOptions().effort) json["effort"] = options.effort;
  if (options.reads_first()) json["open_band"] = options.open_band;
  if (options.early_stop.threshold < 1) {
    json["early_stop"] = options.early_stop.threshold;
    json["early_stop_votes"] = options.early_stop.min_votes;
  }
  if (options.listener_check) json["listener_check"] = true;
  if (options.pair.tie_band > 0) json["tie_band"] = options.pair.tie_band;
  if (options.pair.abstain_below > 0) json["abstain_below"] = options.pair.abstain_below;
  return json;
}

void add_judge(const LoadedJudge& loaded, Json& record) {
  if (!loaded.torch.empty()) record["torch"] = loaded.torch;
  if (loaded.model_hash) record["model_hash"] = loaded.model_hash();
  record["prompt_hash"] = template_hash(loaded.judge->prompt_template());
}

Json judging_record(const LoadedJudge& loaded, const std::vector<std::string>& pictures,
                    const Context& context) {
  Json record = run_record(context);
  add_judge(loaded, record);
  record["image_hashes"] = Json::array();
  for (const std::string& picture : pictures)
    record["image_hashes"].push_back(picture == "-" ? Json(nullptr) : Json(file_hash(picture)));
  return record;
}

}  // namespace juror
