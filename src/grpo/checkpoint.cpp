#include "grpo/checkpoint.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "model/lora_folder.h"
#include "model/weights.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Weights, or the adapters alone, as others read them.
void save_policy(GrpoRun& run, const fs::path& folder) {
  if (run.config.use_peft) {
    save_lora(*run.model, run.lora, base_name(run.config.model_name_or_path), folder);
  } else {
    save_model(*run.model, folder, run.compute.dtype);  // what is resumed must be what was trained
  }
  copy_sidecars(base_folder(run.base_folder), folder);
  write_file_atomic(folder / "juror_template.toml", run.template_text);
}

/// Checkpoints that an interruption left do not compete: a resumed run has the best of the
/// uninterrupted one.
void offer_best(GrpoRun& run, const nlohmann::ordered_json& metrics) {
  const GrpoConfig& c = run.config;
  const bool is_regular = run.step % c.save_steps == 0 || run.step == c.max_steps;
  if (is_regular && metrics.contains(c.metric_for_best_model))
    run.best.offer(run.step, metrics[c.metric_for_best_model].get<double>(), c.greater_is_better);
}

Json sample_json(const Sample& s) {
  return {{"prompt", s.prompt},       {"token_ids", s.token_ids},
          {"old_logps", s.old_logps}, {"ref_logps", s.ref_logps},
          {"advantage", s.advantage}, {"truncated", s.truncated},
          {"decision", s.decision},   {"decision_advantage", s.decision_advantage},
          {"slope", s.slope},         {"choice_advantage", s.choice_advantage}};
}

Sample sample_of(const Json& json) {
  return {.prompt = json.at("prompt"),
          .token_ids = json.at("token_ids"),
          .old_logps = json.at("old_logps"),
          .ref_logps = json.at("ref_logps"),
          .advantage = json.at("advantage"),
          .truncated = json.at("truncated"),
          .decision = json.at("decision"),
          .decision_advantage = json.at("decision_advantage"),
          .choice_advantage = json.at("choice_advantage"),
          .slope = json.at("slope")};
}

Json read_json(const ParsedCompletion& read) {
  const Verdict& verdict = read.verdict;
  return {{"thinking", verdict.thinking},
          {"answer", verdict.answer},
          {"p", std::isnan(verdict.p) ? Json() : Json(verdict.p)},
          {"status", name(verdict.status)}};
}

/// What is logged of a completion.
ParsedCompletion read_of(const Json& json) {
  ParsedCompletion read{.verdict = {.thinking = json.at("thinking"), .answer = json.at("answer")}};
  if (!json.at("p").is_null()) read.verdict.p = json.at("p");
  read.verdict.status =
      status_from_name(json.at("status").get<std::string>()).value_or(Status::kNoAnswer);
  return read;
}

}  // namespace

fs::path save_grpo_checkpoint(GrpoRun& run, const nlohmann::ordered_json& metrics) {
  const c10::NoGradGuard no_grad;
  offer_best(run, metrics);
  const fs::path whole = run.folder.checkpoint(run.step), folder = whole.string() + ".partial";
  fs::remove_all(folder);
  fs::create_directories(folder);
  save_policy(run, folder);
  save_safetensors(folder / "optimizer.safetensors", run.optimizer->state());
  if (run.reference && run.config.sync_ref_model)
    save_model(*run.reference, folder / "reference", run.compute.dtype);
  if (!run.begins_cycle()) write_file_atomic(folder / "rollouts.json", groups_to_json(run.cycle));
  nlohmann::ordered_json state = {{"global_step", run.step},  {"max_steps", run.config.max_steps},
                                  {"num_tokens", run.tokens}, {"data_cursor", run.cursor},
                                  {"seed", run.config.seed},  {"alarms", run.alarms.state()}};
  run.best.add_to(state);
  write_file_atomic(folder / "trainer_state.json", state.dump(2));
  fs::remove_all(whole);
  fs::rename(folder, whole);
  run.folder.prune_checkpoints(run.config.save_total_limit,
                               run.best.metric ? std::optional(run.best.step) : std::nullopt);
  return whole;
}

void restore_grpo_checkpoint(GrpoRun& run, const fs::path& checkpoint) {
  run.optimizer->load_state(SafetensorsFile(checkpoint / "optimizer.safetensors"));
  std::int64_t seed = 0;
  read_trainer_state(checkpoint, [&](const Json& state) {
    run.step = state.at("global_step").get<std::int64_t>();
    run.tokens = state.at("num_tokens").get<std::int64_t>();
    run.cursor = state.at("data_cursor").get<std::uint64_t>();
    seed = state.at("seed").get<std::int64_t>();
    run.alarms.load_state(state.at("alarms"));
    run.best = BestCheckpoint::from(state);
  });
  require(seed == run.config.seed,
          "'{}' is of seed {}, and the run has seed {}: a resumed run keeps its seed.",
          checkpoint.string(), seed, run.config.seed);
  const fs::path cycle = checkpoint / "rollouts.json";
  if (fs::is_regular_file(cycle))
    run.cycle = groups_from_json(run, read_file(cycle), cycle.string());
  require(run.begins_cycle() ||
              static_cast<std::int64_t>(run.cycle.size()) == run.config.groups_per_step(),
          "'{}' stands in the middle of a cycle of {} groups, and the config asks for {}: batch "
          "sizes and num_iterations cannot change there.",
          checkpoint.string(), run.cycle.size(), run.config.groups_per_step());
  run.folder.drop_checkpoints_after(run.step);
  run.folder.rewind_metrics(run.step);
}

std::string groups_to_json(const std::vector<CollectedGroup>& groups) {
  Json list = Json::array();
  for (const CollectedGroup& one : groups) {
    Json samples = Json::array(), reads = Json::array();
    for (const Sample& sample : one.group.samples) samples.push_back(sample_json(sample));
    for (const ParsedCompletion& read : one.reads) reads.push_back(read_json(read));
    list.push_back({{"pair", one.index},
                    {"id", one.pair.id},
                    {"both_orders", one.group.prompts.size() == 2},
                    {"swapped", one.swapped},
                    {"reward", one.reward},
                    {"rewards", one.rewards},
                    {"reads", reads},
                    {"samples", samples}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

namespace {

/// Everything that passes index by another part of it. A wrong size would be read past its end.
bool fits(const GrpoRun& run, const CollectedGroup& one) {
  const auto completions = static_cast<std::size_t>(run.config.num_generations);
  const auto is_whole = [&](const auto& list) { return list.size() == completions; };
  if (!is_whole(one.group.samples) || !is_whole(one.reads) || !is_whole(one.swapped)) return false;
  if (!is_whole(one.reward) || !std::all_of(one.rewards.begin(), one.rewards.end(), is_whole))
    return false;
  const std::int64_t vocabulary = run.model->config().text.vocabulary;
  return std::all_of(one.group.samples.begin(), one.group.samples.end(), [&](const Sample& sample) {
    const std::size_t length = sample.token_ids.size();
    return length > 0 && sample.prompt < one.group.prompts.size() &&
           sample.old_logps.size() == length &&
           (sample.ref_logps.empty() || sample.ref_logps.size() == length) &&
           sample.decision < static_cast<std::int64_t>(length) && sample.decision >= -1 &&
           std::all_of(sample.token_ids.begin(), sample.token_ids.end(),
                       [&](std::int64_t id) { return id >= 0 && id < vocabulary; });
  });
}

}  // namespace

std::vector<CollectedGroup> groups_from_json(const GrpoRun& run, const std::string& text,
                                             const std::string& file) {
  std::vector<CollectedGroup> groups;
  try {
    for (const Json& json : Json::parse(text)) {
      CollectedGroup one{.pair = run.source->pair(json.at("pair")), .index = json.at("pair")};
      one.group = pair_group(run.policy(), one.pair, json.at("both_orders"));
      one.swapped = json.at("swapped").get<std::vector<bool>>();
      one.reward = json.at("reward").get<std::vector<double>>();
      one.rewards = json.at("rewards").get<std::vector<std::vector<double>>>();
      for (const Json& read : json.at("reads")) one.reads.push_back(read_of(read));
      for (const Json& sample : json.at("samples")) one.group.samples.push_back(sample_of(sample));
      require(fits(run, one),
              "'{}' does not hold the rollouts of a checkpoint: the completions of its group {} do "
              "not fit one another, or not num_generations = {}.",
              file, groups.size(), run.config.num_generations);
      groups.push_back(std::move(one));
    }
  } catch (const Json::exception& error) {
    throw Error(
        fmt::format("'{}' does not hold the rollouts of a checkpoint: {}.", file, error.what()));
  }
  return groups;
}

}  // namespace juror
