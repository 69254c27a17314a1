// juror models merge: a base model and a LoRA adapter become one ordinary model folder.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "model/lora_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

struct ModelsMergeOptions {
  std::string base, adapter, out;
  std::string dtype = "auto";

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("BASE", base, "Model folder or name that the adapter was trained on");
    argument("ADAPTER", adapter, "Folder with adapter_config.json and adapter_model.safetensors");
    argument("OUT", out, "Folder to write: new, or empty");
  }
  template <class Field>
  void fields(Field&& field) {
    field("dtype", dtype, "Dtype of the weights written; auto: the base model's",
          OneOf{{"auto", "float32", "float16", "bfloat16"}});
  }
};

/// What config.json names; fp32 where it names none that can be written.
std::string stored_dtype(const ModelConfig& config) {
  return config.dtype == "float16" || config.dtype == "bfloat16" ? config.dtype : "float32";
}

at::ScalarType dtype_of(const std::string& name) {
  if (name == "bfloat16") return at::kBFloat16;
  return name == "float16" ? at::kHalf : at::kFloat;
}

int models_merge(ModelsMergeOptions& options, Context& context) {
  const fs::path base = find_model(options.base), out = options.out;
  require(!is_lora_folder(base),
          "'{}' is an adapter itself; BASE must be the model that it belongs to.", options.base);
  require_model(is_lora_folder(options.adapter),
                "'{}' is no adapter: a folder with adapter_config.json is expected.",
                options.adapter);
  require(!fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out)),
          "'{}' is there already and not an empty folder; name a new one.", options.out);
  const std::string dtype =
      options.dtype == "auto" ? stored_dtype(load_config(base)) : options.dtype;
  const auto model = load_model(base, {.dtype = dtype_of(dtype)});
  load_lora(*model, options.adapter);
  const std::size_t layers = adapted_layers(*model).size();
  merge_lora(*model);
  save_model(*model, out, dtype_of(dtype));
  copy_sidecars(base, out);
  for (const fs::path& folder :
       {base, fs::path(options.adapter)}) {  // the adapter's own template wins
    const fs::path own = folder / "juror_template.toml";
    if (fs::is_regular_file(own)) write_file_atomic(out / own.filename(), read_file(own));
  }
  if (context.out.json()) {
    context.out.print_json({{"folder", out.string()}, {"merged_layers", layers}, {"dtype", dtype}});
  } else {
    context.out.print(fmt::format("{}: {} layers merged, {}\n", out.string(), layers, dtype));
  }
  return kExitOk;
}

}  // namespace

Command models_merge_command() {
  return make_command<ModelsMergeOptions>(
      {.name = "models merge",
       .summary = "Merge a LoRA adapter into its base model: an ordinary model folder",
       .examples =
           {{"juror models merge Qwen/Qwen2.5-VL-3B-Instruct runs/grpo/checkpoint-200 judge-3b",
             "to use or share"}},
       .notes = "Adapters of PEFT and of juror train grpo. An adapter folder can also be given to "
                "--model as it is."},
      models_merge);
}

}  // namespace juror
