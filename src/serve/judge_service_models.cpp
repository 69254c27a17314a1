// The models of the service: which there are, and which are in memory.
#include <fmt/format.h>

#include <algorithm>

#include "base/option_text.h"
#include "serve/http/message.h"
#include "serve/judge_service.h"

namespace juror {

ModelSource JudgeService::model(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (name.empty()) return models_.front();
  std::vector<std::string> names;
  for (const ModelSource& model : models_) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  throw HttpError(404, "model_not_found",
                  fmt::format("There is no model '{}' here; there is: {}.{}", name,
                              fmt::join(names, ", "), did_you_mean(name, names)));
}

std::vector<std::string> JudgeService::model_names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const ModelSource& model : models_) names.push_back(model.name);
  return names;
}

std::vector<std::string> JudgeService::loaded_models() const {
  const std::lock_guard lock(mutex_);
  return loaded_names_;
}

void JudgeService::add_model(ModelSource model) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(models_.begin(), models_.end(),
                                  [&](const auto& one) { return one.name == model.name; });
  if (known == models_.end()) {
    models_.push_back(std::move(model));
  } else {
    *known = std::move(model);
  }
}

JudgeService::LoadedModel& JudgeService::loaded(const std::string& name) {
  const auto known = loaded_.find(name);
  if (known != loaded_.end()) {
    known->second.used = ServiceClock::now();
    return known->second;
  }
  const ModelSource source = model(name);
  make_room(source.bytes);
  LoadedModel& model = loaded_[name];
  try {
    ServedModel made = source.load();
    model.judge = std::move(made.judge);
    model.chat = std::move(made.chat);
    model.check = std::move(made.check);
    model.bytes = source.bytes;
  } catch (...) {
    loaded_.erase(name);
    throw;
  }
  model.used = ServiceClock::now();
  ++stats_.models_loaded;
  const std::lock_guard lock(mutex_);
  loaded_names_.push_back(name);
  return model;
}

/// Unloads models that nobody asks at the moment, those unused longest first.
void JudgeService::make_room(std::uint64_t bytes) {
  if (options_.model_memory_mb == 0) return;
  const std::uint64_t most = static_cast<std::uint64_t>(options_.model_memory_mb) << 20;
  while (true) {
    std::uint64_t held = bytes;
    auto oldest = loaded_.end();
    for (auto one = loaded_.begin(); one != loaded_.end(); ++one) {
      held += one->second.bytes;
      const bool is_unused = !(one->second.chat && one->second.chat->is_busy()) &&
                             std::none_of(working_.begin(), working_.end(), [&](const auto& state) {
                               return state->model == one->first;
                             });
      if (is_unused && (oldest == loaded_.end() || one->second.used < oldest->second.used))
        oldest = one;
    }
    if (held <= most || loaded_.empty()) return;
    if (oldest == loaded_.end())
      throw HttpError(503, "busy", "There is no memory for this model while others are at work.");
    const std::lock_guard lock(mutex_);
    std::erase(loaded_names_, oldest->first);
    loaded_.erase(oldest);
    ++stats_.models_unloaded;
  }
}

}  // namespace juror
