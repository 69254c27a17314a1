// juror doctor: is this machine fit for this model?
#include "cli/doctor.h"

#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "model/config.h"
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

/// FNV-1a over 8-byte words: tells versions of a model apart, protects against nothing.
std::uint64_t hash_of(const fs::path& file) {
  const MappedFile map(file);
  const auto bytes = map.bytes();
  std::uint64_t hash = 0xCBF29CE484222325ULL ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min<std::size_t>(8, bytes.size() - at),
                reinterpret_cast<std::uint8_t*>(&word));
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

/// The files of the weights, in the order of their names.
std::vector<fs::path> weight_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

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
    require_model(!files.empty(), "'{}' holds no *.safetensors file. Fetch the weights as well.", folder.string());
    std::uintmax_t bytes = 0;
    std::uint64_t hash = 0;
    for (const fs::path& file : files) {
      bytes += fs::file_size(file);
      hash = hash * 31 + hash_of(file);
    }
    const double widening = cpu_compute_dtype() == at::kBFloat16 ? 1 : 2;  // files are mostly of 16 bits
    const double need = static_cast<double>(bytes) * widening * 1.3, free = static_cast<double>(free_memory_bytes());
    return {{"model", fmt::format("{} ({}, {} layers of {})", folder.string(), config.model_type, config.text.layers, config.text.width)},
            {"model hash", fmt::format("{:016x}", hash)},
            {"memory", fmt::format("needs about {:.2f} GB, {:.1f} GB free", need / 1e9, free / 1e9), need < free,
             "The model does not fit: take a smaller one, or a machine with more memory."}};
  } catch (const Error& error) {
    return {{"model", error.what(), false, "Pass --model FOLDER; `juror models` lists what is here."}};
  }
}

namespace {

int doctor(DoctorOptions& options, Context& context) {
  std::vector<DoctorLine> lines = machine_lines();
  for (DoctorLine& line : engine_lines()) lines.push_back(std::move(line));
  const std::vector<DoctorLine> of_model = model_lines(options.model);
  lines.insert(lines.end(), of_model.begin(), of_model.end());
  const bool fit = std::all_of(lines.begin(), lines.end(), [](const DoctorLine& line) { return line.ok; });
  if (context.out.json()) {
    auto checks = nlohmann::ordered_json::array();
    for (const DoctorLine& line : lines) {
      checks.push_back({{"name", line.name}, {"value", line.value}, {"ok", line.ok}, {"advice", line.ok ? "" : line.advice}});
    }
    context.out.print_json({{"ok", fit}, {"checks", checks}});
  } else {
    Table table{.columns = {{"check"}, {""}, {"finding"}}, .rows = {}};
    for (const DoctorLine& line : lines) {
      table.rows.push_back({{line.name, Style::kBold}, line.ok ? Cell("ok", Style::kGreen) : Cell("!!", Style::kRed), line.value});
      if (!line.ok) table.rows.push_back({"", "", {line.advice, Style::kYellow}});
    }
    context.out.print(table.text(context.color()));
  }
  const bool model_ok = std::all_of(of_model.begin(), of_model.end(), [](const DoctorLine& line) { return line.ok; });
  return model_ok ? kExitOk : kExitModel;
}

}  // namespace

Command doctor_command() {
  return make_command<DoctorOptions>(
      {.name = "doctor",
       .summary = "Check what this machine has against what the model needs",
       .examples = {{"juror doctor", "for mini"}, {"juror doctor --model Qwen/Qwen2.5-VL-3B-Instruct", "before loading a large one"}}},
      doctor);
}

}  // namespace juror
