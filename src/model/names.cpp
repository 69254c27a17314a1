#include "model/names.h"

namespace juror {
namespace {

const std::string kRoot = "model.", kVision = "model.visual.", kText = "model.language_model.";

}  // namespace

std::string nested_name(const std::string& stored) {
  if (stored.starts_with("visual.")) return kRoot + stored;
  const bool is_hub =
      stored.starts_with(kRoot) && !stored.starts_with(kVision) && !stored.starts_with(kText);
  return is_hub ? kText + stored.substr(kRoot.size()) : stored;
}

std::string stored_name(const std::string& nested, NameScheme scheme) {
  if (scheme == NameScheme::kNested) return nested;
  if (nested.starts_with(kVision)) return nested.substr(kRoot.size());
  return nested.starts_with(kText) ? kRoot + nested.substr(kText.size()) : nested;
}

}  // namespace juror
