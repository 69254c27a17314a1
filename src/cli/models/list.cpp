// juror models: what `--model` can name on this machine.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/model_folder.h"
#include "cli/commands.h"
#include "cli/rows.h"
#include "cli/table.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

struct ModelsOptions {
  template <class Field>
  void fields(Field&&) {}
};

/// Bytes of the weights; links of the cache are followed.
std::uintmax_t weight_bytes(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  std::error_code fault;
  for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    if (entry->path().extension() == ".safetensors") bytes += entry->file_size(fault);
  }
  return bytes;
}

int models(ModelsOptions&, Context& context) {
  Table table{.columns = {{"name"}, {"weights", Align::kRight}, {"folder"}}, .rows = {}};
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const LocalModel& model : local_models()) {
    const std::uintmax_t bytes = weight_bytes(model.folder);
    table.rows.push_back({{model.name, Style::kBold},
                          fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6),
                          model.folder.string()});
    list.push_back(
        {{"name", model.name}, {"weight_bytes", bytes}, {"folder", model.folder.string()}});
  }
  if (is_rows(context.out.format())) {
    print_rows(context.out, list);
  } else if (context.out.json()) {
    context.out.print_json({{"models", list}, {"cache", hugging_face_cache().string()}});
  } else if (table.rows.empty()) {
    log_warning(fmt::format("No model is here: neither mini nor one in '{}'.",
                            hugging_face_cache().string()));
  } else {
    context.out.print(table.text(context.color()));
  }
  return kExitOk;
}

}  // namespace

Command models_command() {
  return make_command<ModelsOptions>(
      {.name = "models",
       .summary = "List the models on this machine",
       .examples = {{"juror models", "mini, and the Hugging Face cache"},
                    {"HF_HOME=/data/hf juror models", "another cache"}},
       .formats = kListFormats,
       .notes = "Any model folder can be given to --model as well. Nothing is downloaded."},
      models);
}

}  // namespace juror
