#include "cli/engine/grpo_estimate.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "cli/engine/judging.h"
#include "cli/table.h"
#include "image/patches.h"
#include "model/lora_folder.h"
#include "train/estimate.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A folder with the config.json of the model, its own or one that comes with the program, by the name's last part.
fs::path config_folder(const std::string& name) {
  try {
    return base_folder(find_model(name));
  } catch (const Error&) {
    const fs::path shipped = find_model("mini").parent_path().parent_path() / "configs/models" / fs::path(name).filename();
    if (!fs::is_regular_file(shipped / "config.json")) throw;
    return shipped;
  }
}

/// What a pair of images becomes. Without a tokenizer, a token of text is four characters.
PromptShape prompt_shape(const PromptTemplate& prompt_template, const VisionConfig& vision, std::int64_t side) {
  constexpr std::int64_t kPromptCharacters = 150, kChatTokens = 25, kCharacters = 4;
  const ViewOptions views = prompt_template.views();
  if (views.working_size > 0) side = std::min(side, views.working_size);
  if (views.crops > 0) side = std::min(side, std::max(views.overview_size, views.crop_size));
  const auto factor = static_cast<int>(vision.patch * vision.merge);
  const PatchOptions patches{.patch = static_cast<int>(vision.patch), .merge = static_cast<int>(vision.merge),
                             .bounds = {.factor = factor, .min_pixels = std::int64_t{factor} * factor}};
  const Grid grid = patch_grid({static_cast<int>(side), static_cast<int>(side)}, patches);
  const auto characters = static_cast<std::int64_t>(prompt_template.user.size()) + kPromptCharacters;
  return {.images = 2 * (1 + views.crops), .patch_rows = grid.h, .patch_columns = grid.w,
          .text_tokens = characters / kCharacters + kChatTokens};
}

/// Rows of a table: what, and how much. Those of zero are left out.
using Amounts = std::vector<std::pair<std::string, double>>;

Amounts memory_amounts(const MemoryUse& m) {
  return {{"weights", m.weights}, {"gradients", m.gradients}, {"AdamW's moments", m.optimizer}, {"reference", m.reference},
          {"listener", m.listener}, {"merged adapters (rollout)", m.merged}, {"keys and values (rollout)", m.kv_cache},
          {"activations of images", m.vision_activations}, {"activations of prompts", m.prompt_activations},
          {"activations of completions", m.completion_activations}, {"logits of a chunk", m.logits}, {"peak", m.peak()}};
}

Amounts work_amounts(const StepFlops& f) {
  return {{"images", f.vision}, {"images, backward", f.vision_backward}, {"prompts", f.prompts}, {"sampling", f.decode},
          {"reference and listener", f.frozen}, {"completions", f.completions}, {"text, backward", f.text_backward},
          {"a step", f.total()}};
}

std::string amounts_text(const std::string& title, const std::string& unit, double scale, const Amounts& amounts, bool color) {
  Table table{.columns = {{title}, {unit, Align::kRight}}, .rows = {}};
  for (const auto& [what, amount] : amounts) {
    if (amount > 0) table.rows.push_back({Cell(what), Cell(fmt::format("{:.3g}", amount / scale))});
  }
  return table.text(color);
}

Json amounts_json(const Amounts& amounts) {
  Json json;
  for (const auto& [what, amount] : amounts) json[what] = amount;
  return json;
}

}  // namespace

int print_grpo_estimate(const GrpoConfig& config, const DryRunOptions& options, Context& context) {
  check_config(config);
  const fs::path folder = config_folder(config.model_name_or_path);
  const ModelConfig model = load_config(folder);
  const PromptShape prompt = prompt_shape(find_template(folder, config.prompt_template), model.vision, options.image_side);
  const GrpoEstimate estimate = estimate_grpo(model, config, prompt);
  require(estimate.prompt_tokens + config.max_completion_length <= model.text.max_positions,
          "A prompt of {} tokens and {} of completion are more than the {} that the model reads.", estimate.prompt_tokens,
          config.max_completion_length, model.text.max_positions);
  const double flops_per_second = options.tflops > 0 ? options.tflops * 1e12 : measured_flops();
  const double seconds = estimate.seconds_per_step(flops_per_second);
  const Amounts memory = memory_amounts(estimate.memory), work = work_amounts(estimate.flops);
  if (context.out.json()) {
    context.out.print_json({{"dry_run", true}, {"config", folder.string()}, {"parameters", estimate.parameters.total},
                            {"trained_parameters", estimate.parameters.trained}, {"images_a_prompt", prompt.images},
                            {"prompt_tokens", estimate.prompt_tokens}, {"prompts_a_step", estimate.prompts},
                            {"completions_a_step", estimate.completions}, {"sampled_tokens_a_step", estimate.sampled_tokens},
                            {"update_tokens_a_step", estimate.update_tokens}, {"memory_bytes", amounts_json(memory)},
                            {"flops_a_step", amounts_json(work)}, {"flops_per_second", flops_per_second},
                            {"seconds_a_step", seconds}, {"steps", config.max_steps}});
    return kExitOk;
  }
  context.out.print(fmt::format(
      "{}: {:.3g} M parameters, {:.3g} M of them trained{}.\nA step: {} prompts of about {} tokens with {} images of {} x {} "
      "patches, {} completions of at most {} tokens.\n\n",
      config.model_name_or_path, static_cast<double>(estimate.parameters.total) / 1e6,
      static_cast<double>(estimate.parameters.trained) / 1e6, config.use_peft ? " (in adapters)" : "", estimate.prompts,
      estimate.prompt_tokens, prompt.images, prompt.patch_rows, prompt.patch_columns, estimate.completions,
      config.max_completion_length));
  context.out.print(amounts_text("memory, fp32", "GB", 1e9, memory, context.color()) + "\n");
  context.out.print(amounts_text("work", "TFLOP", 1e12, work, context.color()));
  context.out.print(fmt::format("\nAbout {:.3g} s a step and {:.3g} h for {} steps at {:.3g} TFLOP/s ({}).\n", seconds,
                                seconds * static_cast<double>(config.max_steps) / 3600, config.max_steps,
                                flops_per_second / 1e12, options.tflops > 0 ? "as given" : "a matrix product on this machine"));
  return kExitOk;
}

}  // namespace juror
