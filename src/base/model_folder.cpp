// Finding model folders. The cache's layout: models--ORG--NAME/{refs/REVISION, snapshots/COMMIT/…}.
#include "base/model_folder.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/option_text.h"
#include "base/quantization_config.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_model(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "config.json", ignored);
}

/// A PEFT folder names its base model; who loads it looks that up (model/lora_folder.h).
bool is_adapter(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "adapter_config.json", ignored);
}

std::optional<fs::path> find_mini() {
  const std::string named = variable("JUROR_MINI");
  if (!named.empty()) {
    require_model(is_model(named),
                  "JUROR_MINI names '{}', which holds no config.json. Point it to a model folder.",
                  named);
    return named;
  }
  std::error_code fault;
  fs::path folder = fs::read_symlink("/proc/self/exe", fault).parent_path();
  for (int level = 0; !fault && level < 5; ++level, folder = folder.parent_path()) {
    for (const char* inside : {"models/mini", "share/juror/models/mini"}) {
      if (is_model(folder / inside)) return folder / inside;
    }
  }
  return std::nullopt;
}

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  return text;
}

/// The snapshot that a revision means: through refs/REVISION, or the commit itself.
std::optional<fs::path> snapshot(const fs::path& repository, const std::string& revision) {
  std::error_code ignored;
  std::string commit = revision;
  const fs::path ref = repository / "refs" / revision;
  if (fs::is_regular_file(ref, ignored)) commit = without_line_end(read_file(ref));
  const fs::path folder = repository / "snapshots" / commit;
  if (commit.empty() || !is_model(folder)) return std::nullopt;
  return folder;
}

/// "org/name" → "models--org--name".
std::string cache_folder_name(const std::string& name) {
  std::string folder = "models--";
  for (const char c : name) folder += c == '/' ? std::string("--") : std::string(1, c);
  return folder;
}

std::optional<fs::path> find_cached(const std::string& name) {
  const std::size_t at = name.find('@');
  const fs::path repository = hugging_face_cache() / cache_folder_name(name.substr(0, at));
  return snapshot(repository, at == std::string::npos ? "main" : name.substr(at + 1));
}

void add_cached(std::vector<LocalModel>& models) {
  std::error_code fault;
  const std::string mark = "models--";
  for (fs::directory_iterator entry(hugging_face_cache(), fault), end; !fault && entry != end;
       entry.increment(fault)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with(mark)) continue;
    name.erase(0, mark.size());
    const std::size_t dash = name.find("--");
    if (dash != std::string::npos) name = name.substr(0, dash) + '/' + name.substr(dash + 2);
    if (const auto folder = snapshot(entry->path(), "main")) models.push_back({name, *folder});
  }
}

/// What of a model's folder no loader reads, told by what it is: Git-LFS pointers, quantised
/// weights by their method, weights in other formats than safetensors alone.
void check_model_files(const fs::path& folder) {
  std::vector<fs::path> others;
  bool has_weights = false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& file = entry.path();
    const std::string ending = file.extension().string();
    require_model(!(ending == ".safetensors" || ending == ".json") || !is_lfs_pointer(file),
                  "'{}' is a Git-LFS pointer and not the file itself: it was cloned without its "
                  "large files. Run `git lfs pull` in '{}', or fetch the model by `hf download`.",
                  file.string(), folder.string());
    has_weights = has_weights || ending == ".safetensors";
    if (ending == ".gguf" || ending == ".bin" || ending == ".pt" || ending == ".pth")
      others.push_back(file.filename());
  }
  if (!is_model(folder)) return;
  stored_quantization(read_file(folder / "config.json"), folder.string());  // refuses
  require_model(
      has_weights || others.empty(),
      "'{}' holds its weights as '{}', and Juror reads *.safetensors. Fetch that form, or "
      "save the model anew with transformers.",
      folder.string(), others.empty() ? "" : others.front().string());
}

/// The model's own or named place, once its files are known to be of a kind that is read.
fs::path checked(const fs::path& folder) {
  check_model_files(folder);
  return folder;
}

}  // namespace

fs::path hugging_face_cache() {
  if (const std::string hub = variable("HF_HUB_CACHE"); !hub.empty()) return hub;
  if (const std::string home = variable("HF_HOME"); !home.empty()) return fs::path(home) / "hub";
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty())
    return fs::path(cache) / "huggingface" / "hub";
  return fs::path(variable("HOME")) / ".cache" / "huggingface" / "hub";
}

std::vector<LocalModel> local_models() {
  std::vector<LocalModel> models;
  add_cached(models);
  std::sort(models.begin(), models.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (const auto mini = find_mini()) models.insert(models.begin(), {"mini", *mini});
  return models;
}

fs::path find_model(const std::string& name) {
  require(!name.empty(),
          "The name of the model is empty. Give a folder, 'mini', or a name such as org/name.");
  if (name == "mini") {
    if (const auto mini = find_mini()) return checked(*mini);
    require_model(false,
                  "The model 'mini' is not beside the program. Set JUROR_MINI to its folder "
                  "(models/mini of the sources).");
  }
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) {
    require_model(
        is_model(name) || is_adapter(name),
        "'{}' holds no config.json, so it is no model folder, and no adapter_config.json either.",
        name);
    return checked(name);
  }
  require_model(
      !fs::is_regular_file(name, ignored),
      "'{}' is a file, and a model is a folder with config.json and weights, 'mini', or a "
      "name such as org/name.{}",
      name,
      fs::path(name).extension() == ".json" ? " (A linear scorer judges in `juror eval` alone.)"
                                            : "");
  if (const auto cached = find_cached(name)) return checked(*cached);
  std::vector<std::string> names = {"mini"};
  for (const LocalModel& model : local_models()) names.push_back(model.name);
  throw Error(fmt::format("There is no model '{}': no folder of that name, and nothing in the "
                          "Hugging Face cache at '{}'.{} "
                          "`juror models` lists what is here.",
                          name, hugging_face_cache().string(), did_you_mean(name, names)),
              ErrorKind::kModel);
}

}  // namespace juror
