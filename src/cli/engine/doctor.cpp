// juror doctor: is this machine fit for this model?
#include "cli/doctor.h"

#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "model/family.h"
#include "model/lora_folder.h"
#include "model/processor.h"
#include "model/weights.h"
#include "tensor/device.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

struct DoctorOptions {
  std::string model = "mini";

  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
  }
};

}  // namespace

std::vector<DoctorLine> engine_lines() {
  const bool has_gpu = load_cuda_backend();
  const bool bf16 = fastest_dtype(choose_device("auto")) == at::kBFloat16;
  return {{"libtorch", TORCH_VERSION},
          {"BLAS", backend_description()},
          {"GPU", has_gpu ? "CUDA kernels loaded; Juror has run on no GPU yet (scripts/gpu-check)"
                          : "none seen: computing on the CPU"},
          {"compute type", bf16 ? "bfloat16" : "float32"}};
}

namespace {

/// The model's line, and for an adapter the line of its base: what is there, or what is wrong.
std::vector<DoctorLine> folder_lines(const fs::path& folder, const fs::path& base) {
  const ModelConfig config = load_config(base);
  check_weights(base);
  load_processor(base, config);
  const auto described = [&](const fs::path& at) {
    return fmt::format("{} ({}, {} layers of {})", at.string(), config.family->name,
                       config.text.layers, config.text.width);
  };
  if (folder == base) return {{"model", described(folder)}};
  check_lora_folder(folder);
  return {{"model", fmt::format("{} (adapter)", folder.string())}, {"base model", described(base)}};
}

}  // namespace

std::vector<DoctorLine> model_lines(const std::string& model) {
  try {
    const fs::path folder = find_model(model), base = base_folder(folder);
    std::vector<DoctorLine> lines = folder_lines(folder, base);
    std::uintmax_t bytes = 0;
    for (const fs::path& file : weight_files(base)) bytes += fs::file_size(file);
    const double widening = fastest_dtype(choose_device("auto")) == at::kBFloat16
                                ? 1
                                : 2;  // files are mostly of 16 bits
    const double need = static_cast<double>(bytes) * widening * 1.3,
                 free = static_cast<double>(free_memory_bytes());
    lines.push_back({"model hash", model_hash(folder)});
    lines.push_back({"memory",
                     fmt::format("needs about {:.2f} GB, {:.1f} GB free", need / 1e9, free / 1e9),
                     need < free,
                     "The model does not fit: take a smaller one, or a machine with more memory."});
    return lines;
  } catch (const Error& error) {
    return {
        {"model", error.what(), false, "Pass --model FOLDER; `juror models` lists what is here."}};
  }
}

namespace {

int doctor(DoctorOptions& options, Context& context) {
  std::vector<DoctorLine> lines = machine_lines();
  for (DoctorLine& line : engine_lines()) lines.push_back(std::move(line));
  const std::vector<DoctorLine> of_model = model_lines(options.model);
  lines.insert(lines.end(), of_model.begin(), of_model.end());
  const bool fit =
      std::all_of(lines.begin(), lines.end(), [](const DoctorLine& line) { return line.ok; });
  if (context.out.json()) {
    auto checks = nlohmann::ordered_json::array();
    for (const DoctorLine& line : lines) {
      checks.push_back({{"name", line.name},
                        {"value", line.value},
                        {"ok", line.ok},
                        {"advice", line.ok ? "" : line.advice}});
    }
    context.out.print_json({{"ok", fit}, {"checks", checks}});
  } else {
    Table table{.columns = {{"check"}, {""}, {"finding"}}, .rows = {}};
    for (const DoctorLine& line : lines) {
      table.rows.push_back({{line.name, Style::kBold},
                            line.ok ? Cell("ok", Style::kGreen) : Cell("!!", Style::kRed),
                            line.value});
      if (!line.ok) table.rows.push_back({"", "", {line.advice, Style::kYellow}});
    }
    context.out.print(table.text(context.color()));
  }
  const bool model_ok =
      std::all_of(of_model.begin(), of_model.end(), [](const DoctorLine& line) { return line.ok; });
  return model_ok ? kExitOk : kExitModel;
}

}  // namespace

Command doctor_command() {
  return make_command<DoctorOptions>(
      {.name = "doctor",
       .summary = "Check what this machine has against what the model needs",
       .examples = {{"juror doctor", "for mini"},
                    {"juror doctor --model Qwen/Qwen2.5-VL-3B-Instruct",
                     "before loading a large one"}}},
      doctor);
}

}  // namespace juror
