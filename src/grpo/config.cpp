#include "grpo/config.h"

#include <algorithm>

#include "base/error.h"
#include "base/option_text.h"
#include "grpo/pair_eval.h"
#include "train/training_compute.h"

namespace juror {

Compute GrpoConfig::policy_compute(std::int64_t parameters) const {
  return training_compute(compute, {.adapters = use_peft, .mixed = bf16}, parameters);
}

void check_config(const GrpoConfig& c) {
  require(c.per_device_train_batch_size % c.num_generations == 0,
          "per_device_train_batch_size is {} and num_generations {}: a loss pass holds whole "
          "groups, so the first must be a multiple of the second.",
          c.per_device_train_batch_size, c.num_generations);
  require(!c.both_orders || c.num_generations % 2 == 0,
          "both_orders needs an even num_generations, and it is {}.", c.num_generations);
  require(!c.scoring.reward_funcs.empty(), "reward_funcs is empty: name at least one reward.");
  require(c.scoring.reward_weights.empty() ||
              c.scoring.reward_weights.size() == c.scoring.reward_funcs.size(),
          "reward_weights lists {} numbers, and reward_funcs {} rewards.",
          c.scoring.reward_weights.size(), c.scoring.reward_funcs.size());
  for (const std::string& name : c.scoring.reward_funcs) {
    require(!reward_needs_both_orders(name) || c.both_orders,
            "The reward '{}' compares the two orders of a pair: set both_orders = true.", name);
  }
  require(c.list_size == 2 || c.dataset != "synth",
          "list_size is {}, and synth makes pairs: lists come from a data set of rankings.",
          c.list_size);
  for (const std::string& name : c.scoring.reward_funcs) {
    require(
        c.list_size == 2 || reward_takes_lists(name),
        "The reward '{}' is of pairs, and list_size is {}. Lists have kendall, selection, placed, "
        "soft and soft_placed.",
        name, c.list_size);
  }
  training_compute({.device = "cpu", .dtype = c.compute.dtype},  // throws for what cannot train
                   {.adapters = c.use_peft, .mixed = c.bf16}, /*parameters=*/0);
  const GrpoConfig defaults;
  require(c.filter_low < c.filter_high,
          "filter_low is {} and filter_high {}: no mean reward lies between.", c.filter_low,
          c.filter_high);
  require(c.dynamic_sampling_tries > 0 ||
              (c.filter_low == defaults.filter_low && c.filter_high == defaults.filter_high),
          "filter_low and filter_high say which groups dynamic sampling replaces, and it is off: "
          "set dynamic_sampling_tries.");
  require(c.loss.loss_type != "cispo" || c.loss.epsilon_high >= 1,
          "cispo clips ratios at epsilon_high itself, and {} would clip those of every step on its "
          "own samples; 5 is usual.",
          c.loss.epsilon_high);
  require(c.loss.clip_ratio_c == 0 || c.loss.clip_ratio_c > 1,
          "clip_ratio_c is {}; a dual clip is above 1.", c.loss.clip_ratio_c);
  require(c.think || std::find(c.scoring.reward_funcs.begin(), c.scoring.reward_funcs.end(),
                               "listener") == c.scoring.reward_funcs.end(),
          "The reward 'listener' grades thoughts, and think is off.");
  require(c.scoring.rewards.overlong_buffer <= c.max_completion_length,
          "overlong_buffer is {}, more than max_completion_length = {}.",
          c.scoring.rewards.overlong_buffer, c.max_completion_length);
  require(!c.sync_ref_model || !c.use_peft,
          "sync_ref_model moves a copy of all weights, and with use_peft the reference is the "
          "model without its adapters.");
  require(!c.sync_ref_model || c.loss.beta > 0,
          "sync_ref_model moves a reference, and with beta = 0 there is none.");
  const std::vector<std::string> names = PairEval::metric_names();
  require(c.metric_for_best_model.empty() ||
              std::find(names.begin(), names.end(), c.metric_for_best_model) != names.end(),
          "metric_for_best_model is '{}', and an evaluation has none of that name.{}",
          c.metric_for_best_model, did_you_mean(c.metric_for_best_model, names));
  const bool less_is_better = c.metric_for_best_model == "eval/brier" ||
                              c.metric_for_best_model == "eval/flip_rate" ||
                              c.metric_for_best_model == "eval/invalid_rate";
  require(!less_is_better || !c.greater_is_better,
          "Less of {} is better: set greater_is_better = false.", c.metric_for_best_model);
  DatasetOptions data = c.data, untouched;
  require(c.dataset != "synth" || options_toml(data) == options_toml(untouched),
          "data.split, data.limit and the other options of data choose rows of a data set, and the "
          "dataset 'synth' has none: leave them out.");
  require(c.eval_steps == 0 || !c.eval_dataset.empty() || !c.validation_photos.empty(),
          "eval_steps is {}, and there is nothing to evaluate on: give eval_dataset or "
          "validation_photos.",
          c.eval_steps);
}

}  // namespace juror
