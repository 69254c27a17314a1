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
  const bool bf16 = cpu_compute_dtype() == at::kBFloat16;
  return {{"libtorch", TORCH_VERSION},
          {"BLAS", backend_description()},
          {"GPU", has_gpu ? "CUDA" : "none seen: computing on the CPU"},
          {"compute type", bf16 ? "bfloat16" : "float32"}};
}

std::vector<DoctorLine> model_lines(const std::string& model) {
  try {
    const fs::path folder = find_model(model);
    const ModelConfig config = load_config(folder);
    const std::vector<fs::path> files = weight_files(folder);
    std::uintmax_t bytes = 0;
    for (const fs::path& file : files) bytes += fs::file_size(file);
    const double widening =
        cpu_compute_dtype() == at::kBFloat16 ? 1 : 2;  // files are mostly of 16 bits
    const double need = static_cast<double>(bytes) * widening * 1.3,
                 free = static_cast<double>(free_memory_bytes());
    return {{"model", fmt::format("{} ({}, {} layers of {})", folder.string(), config.family->name,
                                  config.text.layers, config.text.width)},
            {"model hash", model_hash(folder)},
            {"memory", fmt::format("needs about {:.2f} GB, {:.1f} GB free", need / 1e9, free / 1e9),
             need < free,
             "The model does not fit: take a smaller one, or a machine with more memory."}};
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
