#include "cli/train/grpo_estimate.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "cli/doctor.h"
#include "cli/engine/judge.h"
#include "cli/table.h"
#include "grpo/estimate.h"
#include "image/patches.h"
#include "model/lora_folder.h"
#include "tensor/device.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A folder with the config.json of the model, its own or one that comes with the program, by the
/// name's last part.
fs::path config_folder(const std::string& name) {
  try {
    return base_folder(find_model(name));
  } catch (const Error&) {
    const fs::path shipped = find_model("mini").parent_path().parent_path() / "configs/models" /
                             fs::path(name).filename();
    if (!fs::is_regular_file(shipped / "config.json")) throw;
    return shipped;
  }
}

/// What so many images become. Without a tokenizer, a token of text is four characters.
PromptShape prompt_shape(const PromptTemplate& prompt_template, const VisionConfig& vision,
                         std::int64_t side, std::int64_t shown) {
  constexpr std::int64_t kPromptCharacters = 150, kChatTokens = 25, kCharacters = 4;
  const ViewOptions views = prompt_template.views();
  if (views.working_size > 0) side = std::min(side, views.working_size);
  const std::int64_t crops = views.crops + views.plain_crops;
  if (crops > 0) side = std::min(side, std::max(views.overview_size, views.crop_size));
  const auto factor = static_cast<int>(vision.patch * vision.merge);
  const PatchOptions patches{
      .patch = static_cast<int>(vision.patch),
      .merge = static_cast<int>(vision.merge),
      .bounds = {.factor = factor, .min_pixels = std::int64_t{factor} * factor}};
  const Grid grid = patch_grid({static_cast<int>(side), static_cast<int>(side)}, patches);
  const auto characters =
      static_cast<std::int64_t>(prompt_template.user.size()) + kPromptCharacters;
  return {.images = shown * (1 + crops),
          .patch_rows = grid.h,
          .patch_columns = grid.w,
          .text_tokens = characters / kCharacters + kChatTokens};
}

/// A line of the estimate: its key in JSON, its name in the table, and how much.
struct Amount {
  std::string key, name;
  double value = 0;
};
using Amounts = std::vector<Amount>;

Amounts memory_amounts(const MemoryUse& m) {
  const auto bytes = [](std::int64_t value) { return static_cast<double>(value); };
  return {{"weights", "weights", bytes(m.weights)},
          {"gradients", "gradients", bytes(m.gradients)},
          {"optimizer", "AdamW's moments", bytes(m.optimizer)},
          {"reference", "reference", bytes(m.reference)},
          {"listener", "listener", bytes(m.listener)},
          {"merged", "merged adapters (rollout)", bytes(m.merged)},
          {"kv_cache", "keys and values (rollout)", bytes(m.kv_cache)},
          {"vision_activations", "activations of images", bytes(m.vision_activations)},
          {"prompt_activations", "activations of prompts", bytes(m.prompt_activations)},
          {"completion_activations", "activations of completions", bytes(m.completion_activations)},
          {"logits", "logits of a chunk", bytes(m.logits)},
          {"peak", "peak", bytes(m.peak())}};
}

Amounts work_amounts(const StepFlops& f) {
  return {{"vision", "images", f.vision},
          {"vision_backward", "images, backward", f.vision_backward},
          {"prompts", "prompts", f.prompts},
          {"decode", "sampling", f.decode},
          {"frozen", "reference and listener", f.frozen},
          {"completions", "completions", f.completions},
          {"text_backward", "text, backward", f.text_backward},
          {"total", "a step", f.total()}};
}

/// Three digits, and no more zeros than that takes.
std::string rounded(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

/// Lines of zero are left out.
std::string amounts_text(const std::string& title, const std::string& unit, double scale,
                         const Amounts& amounts, bool color) {
  Table table{.columns = {{title}, {unit, Align::kRight}}, .rows = {}};
  for (const Amount& amount : amounts) {
    if (amount.value > 0)
      table.rows.push_back({Cell(amount.name), Cell(rounded(amount.value / scale))});
  }
  return table.text(color);
}

Json amounts_json(const Amounts& amounts) {
  Json json;
  for (const Amount& amount : amounts) json[amount.key] = amount.value;
  return json;
}

/// Other options, one at a time, with which a step fits into `room` bytes.
std::vector<std::string> what_fits(const ModelConfig& model, const GrpoConfig& config,
                                   const PromptShape& prompt, double room) {
  std::vector<std::string> ways;
  const auto offer = [&](const std::string& way, const GrpoConfig& other,
                         const PromptShape& shape) {
    const auto peak = static_cast<double>(estimate_grpo(model, other, shape).memory.peak());
    if (peak <= room) ways.push_back(fmt::format("{} ({:.1f} GB)", way, peak / 1e9));
  };
  const auto with = [&](const std::string& way, auto change) {
    GrpoConfig other = config;
    change(other);
    offer(way, other, prompt);
  };
  if (!config.use_peft) with("use_peft = true", [](GrpoConfig& c) { c.use_peft = true; });
  const std::string& dtype = config.compute.dtype;
  if (config.use_peft && !config.bf16 && dtype != "int4" && dtype != "int8")
    with("dtype = \"int4\"", [](GrpoConfig& c) { c.compute.dtype = "int4"; });
  if (!config.use_peft && !config.bf16 && dtype != "bfloat16")
    with("dtype = \"bfloat16\"", [](GrpoConfig& c) { c.compute.dtype = "bfloat16"; });
  if (!config.gradient_checkpointing)
    with("gradient_checkpointing = true", [](GrpoConfig& c) { c.gradient_checkpointing = true; });
  const std::int64_t half = config.per_device_train_batch_size / 2;
  if (half >= config.num_generations && half % config.num_generations == 0)
    with(fmt::format("per_device_train_batch_size = {}", half),
         [&](GrpoConfig& c) { c.per_device_train_batch_size = half; });
  PromptShape smaller = prompt;
  smaller.patch_rows /= 2;
  smaller.patch_columns /= 2;
  offer("pictures of half the side", config, smaller);
  return ways;
}

/// What is wrong with a need of so many bytes, and what would fit; "" where it fits.
std::string misfit(const ModelConfig& model, const GrpoConfig& config, const PromptShape& prompt,
                   std::int64_t need) {
  const bool is_here = config.compute.device == "cpu" ||  // what a GPU elsewhere has is not known
                       (config.compute.device == "auto" && choose_device("auto").is_cpu());
  const auto room = static_cast<double>(machine_memory_bytes());
  if (!is_here || static_cast<double>(need) <= room) return "";
  const std::vector<std::string> ways = what_fits(model, config, prompt, room);
  return fmt::format("This does not fit: the machine has {:.1f} GB.{}", room / 1e9,
                     ways.empty() ? " A smaller model is needed."
                                  : fmt::format(" What would: {}.", fmt::join(ways, "; ")));
}

}  // namespace

void require_memory_for(const GrpoConfig& config) {
  check_config(config);
  const ModelConfig model = load_config(base_folder(find_model(config.model_name_or_path)));
  const PromptShape prompt;  // counts for what would fit alone
  const std::int64_t need = estimate_grpo(model, config, prompt).memory.steady();
  const std::string why = misfit(model, config, prompt, need);
  if (!why.empty())
    throw Error(
        fmt::format("Weights, gradients and what stays beside them take {:.1f} GB before "
                    "the first step. {}",
                    static_cast<double>(need) / 1e9, why));
}

int print_grpo_estimate(const GrpoConfig& config, const DryRunOptions& options, Context& context) {
  check_config(config);
  require_device_name(config.compute.device);
  const fs::path folder = config_folder(config.model_name_or_path);
  const ModelConfig model = load_config(folder);
  const PromptShape prompt = prompt_shape(find_template(folder, config.prompt_template),
                                          model.vision, options.image_side, config.list_size);
  const GrpoEstimate estimate = estimate_grpo(model, config, prompt);
  require(estimate.prompt_tokens + config.max_completion_length <= model.text.max_positions,
          "A prompt of {} tokens and {} of completion are more than the {} that the model reads.",
          estimate.prompt_tokens, config.max_completion_length, model.text.max_positions);
  const double flops_per_second = options.tflops > 0 ? options.tflops * 1e12 : measured_flops();
  const double seconds = estimate.seconds_per_step(flops_per_second);
  const Amounts memory = memory_amounts(estimate.memory), work = work_amounts(estimate.flops);
  const std::string why = misfit(model, config, prompt, estimate.memory.peak());
  if (context.out.json()) {
    context.out.print_json({{"dry_run", true},
                            {"config", folder.string()},
                            {"parameters", estimate.parameters.total},
                            {"trained_parameters", estimate.parameters.trained},
                            {"images_a_prompt", prompt.images},
                            {"prompt_tokens", estimate.prompt_tokens},
                            {"prompts_a_step", estimate.prompts},
                            {"completions_a_step", estimate.completions},
                            {"sampled_tokens_a_step", estimate.sampled_tokens},
                            {"update_tokens_a_step", estimate.update_tokens},
                            {"memory_bytes", amounts_json(memory)},
                            {"machine_bytes", machine_memory_bytes()},
                            {"fits", why.empty()},
                            {"misfit", why},
                            {"flops_a_step", amounts_json(work)},
                            {"flops_per_second", flops_per_second},
                            {"seconds_a_step", seconds},
                            {"steps", config.max_steps}});
    return kExitOk;
  }
  const auto millions = [](std::int64_t count) {
    return rounded(static_cast<double>(count) / 1e6);
  };
  context.out.print(fmt::format("{}: {} M parameters, {} M trained{}.\n", config.model_name_or_path,
                                millions(estimate.parameters.total),
                                millions(estimate.parameters.trained),
                                config.use_peft ? " (in adapters)" : ""));
  context.out.print(
      fmt::format("A step: {} prompts of about {} tokens with {} images of {} x {} patches, {} "
                  "completions of at "
                  "most {} tokens.\n\n",
                  estimate.prompts, estimate.prompt_tokens, prompt.images, prompt.patch_rows,
                  prompt.patch_columns, estimate.completions, config.max_completion_length));
  context.out.print(amounts_text("memory, fp32", "GB", 1e9, memory, context.color()) + "\n");
  context.out.print(amounts_text("work", "TFLOP", 1e12, work, context.color()));
  context.out.print(
      fmt::format("\nAbout {} s a step and {} h for {} steps at {} TFLOP/s ({}).\n",
                  rounded(seconds), rounded(seconds * static_cast<double>(config.max_steps) / 3600),
                  config.max_steps, rounded(flops_per_second / 1e12),
                  options.tflops > 0 ? "as given" : "a matrix product on this machine"));
  if (!why.empty()) context.out.print(why + "\n");
  return kExitOk;
}

}  // namespace juror
