// juror models quantize: a model folder becomes one of a quarter or half the size.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "model/lora_folder.h"
#include "model/stored_quantization.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

struct ModelsQuantizeOptions {
  std::string model, out;
  std::int64_t bits = 4, group = 128;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("MODEL", model, "Model folder or name, of whole weights");
    argument("OUT", out, "Folder to write: new, or empty");
  }
  template <class Field>
  void fields(Field&& field) {
    field("bits", bits, "Bits of a weight: 4 or 8", Range{4, 8});
    field(
        "group", group,
        "Neighbouring weights that share a scale, at most: 32, 64 or 128, the largest that divides "
        "all widths",
        Range{32, 128});
  }
};

std::int64_t weight_bytes(const fs::path& folder) {
  std::int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors")
      bytes += static_cast<std::int64_t>(fs::file_size(entry.path()));
  }
  return bytes;
}

int models_quantize(ModelsQuantizeOptions& options, Context& context) {
  const fs::path folder = find_model(options.model), out = options.out;
  require(options.bits == 4 || options.bits == 8, "--bits is {}, and 4 or 8 is expected.",
          options.bits);
  require(
      !is_lora_folder(folder),
      "'{}' is an adapter; merge it first (juror models merge), or quantise its base and keep the "
      "adapter beside it.",
      options.model);
  const int kept = stored_quantization(read_file(folder / "config.json"), options.model).bits;
  require(kept == 0, "'{}' is kept in {} bits already; give the model that it was made of.",
          options.model, kept);
  require(!fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out)),
          "'{}' is there already and not an empty folder; name a new one.", options.out);
  const auto model = load_model(
      folder, {.dtype = at::kBFloat16,
               .quantization = {.bits = static_cast<int>(options.bits), .group = options.group}});
  save_model(*model, out, at::kBFloat16);
  copy_sidecars(folder, out);
  const fs::path own = folder / "juror_template.toml";
  if (fs::is_regular_file(own)) write_file_atomic(out / own.filename(), read_file(own));
  const std::int64_t before = weight_bytes(folder), after = weight_bytes(out);
  if (context.out.json()) {
    context.out.print_json({{"folder", out.string()},
                            {"bits", options.bits},
                            {"bytes_before", before},
                            {"bytes", after}});
  } else {
    context.out.print(fmt::format("{}: {} bits, {:.2f} GB of weights instead of {:.2f}\n",
                                  out.string(), options.bits, static_cast<double>(after) * 1e-9,
                                  static_cast<double>(before) * 1e-9));
  }
  return kExitOk;
}

}  // namespace

Command models_quantize_command() {
  return make_command<ModelsQuantizeOptions>(
      {.name = "models quantize",
       .summary = "Keep a model's weights in 4 or 8 bits: a quarter or half of the memory",
       .examples = {{"juror models quantize Qwen/Qwen2.5-VL-7B-Instruct judge-7b-int4",
                     "7B in 7 GB; then --model judge-7b-int4"},
                    {"juror rank \"a castle\" *.png --model DIR --dtype int8",
                     "or while loading, without a folder"}},
       .notes =
           "The language model's linear layers are rounded to the nearest of 16 or 255 steps a "
           "group; embedding, head, norms and vision tower stay in bf16. The folder is one of "
           "compressed-tensors (pack-quantized), which transformers and vLLM read too. AWQ "
           "folders are read as they are."},
      models_quantize);
}

}  // namespace juror
