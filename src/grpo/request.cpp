#include "grpo/request.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/option_text.h"
#include "base/parse_json.h"
#include "grpo/metrics.h"
#include "grpo/step.h"
#include "image/decode.h"
#include "judge/engine/prompt.h"
#include "model/weights.h"

namespace juror {
namespace {

using Json = nlohmann::json;

void require_known(const Json& json, const std::vector<std::string>& keys,
                   const std::string& where) {
  for (const auto& [key, value] : json.items()) {
    require(std::find(keys.begin(), keys.end(), key) != keys.end(),
            "{}: the key '{}' is unknown.{}", where, key, did_you_mean(key, keys));
  }
}

GrpoRequestOptions read_options(const Json& json, const std::string& where) {
  GrpoRequestOptions options;
  if (!json.contains("options")) return options;
  require(json["options"].is_object(), "{}: options must be an object of names and values.", where);
  std::vector<Option> list = list_options(options);
  std::vector<std::string> names;
  for (const Option& option : list) names.push_back(option.name);
  require_known(json["options"], names, where + ": options");
  for (Option& option : list) {
    if (!json["options"].contains(option.name)) continue;
    const Json& value = json["options"][option.name];
    option.set({value.is_string() ? value.get<std::string>() : value.dump()},
               {.source = Source::kConfigFile, .where = where + ": options." + option.name});
  }
  return options;
}

template <class Value>
std::vector<Value> read_list(const Json& json, const char* key, const std::string& where) {
  std::vector<Value> values;
  require(json[key].is_array(), "{}: {} must be a list of numbers.", where, key);
  for (const Json& value : json[key]) {
    require(value.is_number(), "{}: {} must be a list of numbers.", where, key);
    values.push_back(value.get<Value>());
  }
  return values;
}

GrpoRequest::Completion read_completion_row(const Json& json, const std::string& where) {
  require(json.is_object() && json.contains("token_ids") && json.contains("reward") &&
              json["reward"].is_number(),
          "{}: an object with token_ids and reward is expected.", where);
  require_known(json, {"token_ids", "reward", "old_logps", "ref_logps", "truncated"}, where);
  GrpoRequest::Completion row{.token_ids = read_list<std::int64_t>(json, "token_ids", where),
                              .reward = json["reward"].get<double>()};
  require(!row.token_ids.empty(), "{}: token_ids is empty.", where);
  if (json.contains("truncated")) {
    require(json["truncated"].is_boolean(), "{}: truncated must be true or false.", where);
    row.truncated = json["truncated"].get<bool>();
  }
  for (const auto& [key, list] :
       {std::pair{"old_logps", &row.old_logps}, std::pair{"ref_logps", &row.ref_logps}}) {
    if (!json.contains(key)) continue;
    *list = read_list<float>(json, key, where);
    require(list->size() == row.token_ids.size(), "{}: {} lists {} numbers for {} tokens.", where,
            key, list->size(), row.token_ids.size());
  }
  return row;
}

/// The groups as the trainer holds them, advantages filled in.
std::vector<Group> make_groups(const Processor& processor, const GrpoRequest& request,
                               const Advantages& advantages) {
  const auto ends = [&](const GrpoRequest::Completion& c) {
    return std::find(processor.eos_tokens.begin(), processor.eos_tokens.end(),
                     c.token_ids.back()) != processor.eos_tokens.end();
  };
  const ImageReader reader(request.image);
  std::vector<Group> groups;
  std::int64_t row = 0;
  for (const GrpoRequest::Prompt& prompt : request.groups) {
    std::vector<std::shared_ptr<const PixelImage>> images;
    for (const auto& path : prompt.conversation.images)
      images.push_back(to_pixels(reader.load(path), processor.patches));
    const EncodedChat chat =
        encode_chat(processor.tokenizer, prompt.conversation.messages, processor.chat);
    Group group;
    group.prompts.push_back(place_images(chat, std::move(images), processor));
    for (const GrpoRequest::Completion& completion : prompt.completions) {
      const double advantage = advantages.values[row++].item<double>();
      group.samples.push_back({.token_ids = completion.token_ids,
                               .old_logps = completion.old_logps,
                               .ref_logps = completion.ref_logps,
                               .advantage = advantage,
                               .truncated = completion.truncated.value_or(!ends(completion)),
                               .decision_advantage = advantage});
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

Tensor rewards_of(const GrpoRequest& request) {
  std::vector<double> rewards;
  for (const GrpoRequest::Prompt& prompt : request.groups) {
    for (const GrpoRequest::Completion& completion : prompt.completions)
      rewards.push_back(completion.reward);
  }
  return at::tensor(rewards, at::kDouble);
}

}  // namespace

/// Either every completion brings log-probs of the policy that sampled it, or none does.
void check_old_logps(const GrpoRequest& request, const std::string& where) {
  const bool expected = !request.groups.front().completions.front().old_logps.empty();
  for (const GrpoRequest::Prompt& prompt : request.groups) {
    for (const GrpoRequest::Completion& completion : prompt.completions) {
      require(completion.old_logps.empty() != expected,
              "{}: some completions have old_logps and some have none; all or none is expected.",
              where);
    }
  }
}

GrpoRequest read_grpo_request(const std::filesystem::path& file,
                              const std::filesystem::path& images) {
  const Json json = json_or_discarded(read_file(file));
  const std::string where = fmt::format("'{}'", file.string());
  require(json.is_object() && json.contains("groups") && json["groups"].is_array() &&
              !json["groups"].empty(),
          "{}: a JSON object with a list of groups is expected.", where);
  require_known(json, {"options", "groups"}, where);
  GrpoRequest request{.options = read_options(json, where), .groups = {}};
  for (std::size_t g = 0; g < json["groups"].size(); ++g) {
    const Json& group = json["groups"][g];
    const std::string place = fmt::format("{}: groups[{}]", where, g);
    require_known(group, {"messages", "completions"}, place);
    GrpoRequest::Prompt prompt{.conversation = read_conversation(
                                   group, place, images.empty() ? file.parent_path() : images),
                               .completions = {}};
    require(group.contains("completions") && group["completions"].is_array(),
            "{}: a list of completions is expected.", place);
    for (std::size_t k = 0; k < group["completions"].size(); ++k) {
      prompt.completions.push_back(read_completion_row(
          group["completions"][k], fmt::format("{}.completions[{}]", place, k)));
    }
    request.groups.push_back(std::move(prompt));
    const std::size_t wanted = request.options.num_generations > 0
                                   ? static_cast<std::size_t>(request.options.num_generations)
                                   : request.groups.front().completions.size();
    require(request.groups.back().completions.size() == wanted,
            "{}: {} completions, and every group has {}.", place,
            request.groups.back().completions.size(), wanted);
  }
  check_old_logps(request, where);
  return request;
}

NamedTensors grpo_tensors(Model& model, const Processor& processor, const GrpoRequest& request,
                          bool shared_prefix) {
  const GrpoLossOptions& loss = request.options.loss;
  const auto generations = static_cast<std::int64_t>(request.groups.front().completions.size());
  const Tensor rewards = rewards_of(request);
  const Advantages advantages = group_advantages(rewards, generations, loss.scale_rewards);
  const std::vector<Group> groups = make_groups(processor, request, advantages);
  const bool has_old = !groups.front().samples.front().old_logps.empty();
  NamedTensors parameters = named_parameters(model);
  for (auto& [name, parameter] : parameters) parameter.requires_grad_(true);
  const MicroBatchResult result = accumulate_gradients(
      model, groups,
      {.pass = {.temperature = request.options.temperature, .shared_prefix = shared_prefix},
       .loss = loss,
       .use_old_logps = has_old},
      {.batch_tokens = active_tokens(groups, loss.mask_truncated_completions),
       .max_completion_length = request.options.max_completion_length},
      nullptr, nullptr);

  NamedTensors tensors = {{"loss", at::scalar_tensor(result.loss, at::kDouble)},
                          {"advantages", advantages.values},
                          {"logps", result.logps}};
  nlohmann::ordered_json metrics;
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  add_completion_metrics(pointers, metrics);
  add_reward_metrics(rewards, generations, metrics);
  add_loss_metrics(result.stats, loss.beta > 0, loss.loss_type == "cispo", metrics);
  for (const auto& [name, value] : metrics.items())
    tensors.emplace_back("metric." + name, at::scalar_tensor(value.get<double>(), at::kDouble));
  for (auto& [name, parameter] : parameters) {
    if (parameter.grad().defined()) tensors.emplace_back("grad." + name, parameter.grad());
    parameter.mutable_grad().reset();
    parameter.requires_grad_(false);
  }
  return tensors;
}

}  // namespace juror
