// Where models are: a folder, the local Hugging Face cache, or the embedded `mini`. Looks only;
// never downloads.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace juror {

/// A model found on this machine. `name` is what `--model` takes.
struct LocalModel {
  std::string name;
  std::filesystem::path folder;
};

/// The folder (with a config.json, or for a path with an adapter_config.json) that `name` stands
/// for, tried in this order: `mini`: $JUROR_MINI, else models/mini or share/juror/models/mini
/// beside the program or in a folder above it (so a build tree inside the sources and an installed
/// prefix both work); a folder; `org/name` or `org/name@revision` in the Hugging Face cache. Throws
/// Error (kModel) that says where it looked, with a suggestion.
std::filesystem::path find_model(const std::string& name);

/// Every model that `find_model` would find by name, `mini` first.
std::vector<LocalModel> local_models();

/// $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub (or under $XDG_CACHE_HOME).
std::filesystem::path hugging_face_cache();

}  // namespace juror
