#include "eval/synth_part.h"

#include <nlohmann/json.hpp>

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const PhotoShare& share) { return share ? Json(share->value) : Json(nullptr); }

Json interval_json(const PhotoShare& share) {
  return share ? Json{share->interval.low, share->interval.high} : Json(nullptr);
}

void put(Json& json, const std::string& key, const PhotoShare& share) {
  json[key] = value_json(share);
  json[key + "_ci"] = interval_json(share);
}

Json accuracy_json(const PhotoShare& share) {
  return {{"accuracy", value_json(share)},
          {"ci", interval_json(share)},
          {"pairs", share ? share->n : 0}};
}

Json severities_json(const DifferenceAccuracy& accuracy) {
  Json json;
  for (std::size_t s = 0; s < kSeverityLevels; ++s)
    json[std::string(severity_word(static_cast<Severity>(s)))] =
        accuracy_json(accuracy.by_severity[s]);
  return json;
}

Json defect_json(const DifferenceAccuracy& accuracy) {
  Json json = {{"all", accuracy_json(accuracy.all)}};
  json.update(severities_json(accuracy));
  return json;
}

Json claims_json(const NamedCounts& counts, const PhotoShare& f1) {
  return {{"right", counts.right},
          {"wrong", counts.wrong},
          {"missed", counts.missed},
          {"f1", value_json(f1)},
          {"ci", interval_json(f1)}};
}

}  // namespace

Json SynthEvalPart::json() const {
  Json json = {{"name", name},
               {"all", accuracy_json(all)},
               {"middle", accuracy_json(middle)},
               {"clear", accuracy_json(clear)}};
  put(json, "always_first", always_first);
  put(json, "same_both_orders", same_both_orders);
  put(json, "brier", brier);
  put(json, "saturated_share", saturated);
  put(json, "unread_share", unread);
  put(json, "claims_f1", f1);
  put(json, "severity_share", severity_right);
  json["by_severity"] = severities_json(any_defect);
  for (std::size_t d = 0; d < kDefects; ++d) {
    const std::string defect(defect_name(static_cast<Defect>(d)));
    json["by_defect"][defect] = defect_json(by_defect[d]);
    json["claims"][defect] = claims_json(claims.of[d], f1_of[d]);
  }
  return json;
}

}  // namespace juror
