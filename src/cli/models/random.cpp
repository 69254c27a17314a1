// juror models random: a model folder of random weights, to measure with.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "bench/random_model.h"
#include "cli/engine/commands.h"

namespace juror {
namespace {

struct ModelsRandomOptions {
  std::string config, folder;
  std::string dtype = "bfloat16";

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("CONFIG", config,
             "config.json of the shape, such as configs/models/Qwen2.5-VL-3B-Instruct/config.json");
    argument("FOLDER", folder, "Folder to write");
  }
  template <class Field>
  void fields(Field&& field) {
    field("dtype", dtype, "Dtype of the weights written", OneOf{{"float32", "bfloat16"}});
  }
};

int models_random(ModelsRandomOptions& options, Context& context) {
  const std::filesystem::path folder = options.folder;
  require(!std::filesystem::exists(folder / "config.json"),
          "'{}' holds a model already; give another folder.", folder.string());
  const std::int64_t parameters =
      write_random_model(read_file(options.config), folder,
                         {.seed = static_cast<std::uint64_t>(context.global.seed),
                          .dtype = options.dtype == "float32" ? at::kFloat : at::kBFloat16});
  if (context.out.json()) {
    context.out.print_json(
        {{"folder", folder.string()}, {"parameters", parameters}, {"dtype", options.dtype}});
  } else {
    context.out.print(fmt::format("{}: {:.0f} M random parameters in {}\n", folder.string(),
                                  1e-6 * static_cast<double>(parameters), options.dtype));
  }
  return kExitOk;
}

}  // namespace

Command models_random_command() {
  return make_command<ModelsRandomOptions>(
      {.name = "models random",
       .summary = "Write a model of random weights in the shape of a config.json",
       .examples =
           {{"juror models random configs/models/Qwen2.5-VL-3B-Instruct/config.json runs/random-3b",
             "to measure speed and memory at its true size"}},
       .notes =
           "Judges nothing: its completions are noise. The folder gets a small tokenizer of its "
           "own."},
      models_random);
}

}  // namespace juror
