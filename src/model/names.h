// Two schemes of tensor names: Juror speaks one inside, and files are written in the one they came
// in.
#pragma once

#include <string>

namespace juror {

enum class NameScheme {
  kHub,     ///< visual.*, model.*: the files of the hub, and what transformers writes to this day
  kNested,  ///< model.visual.*, model.language_model.*: transformers' names in memory, and ours
};

/// Whether a layer or tensor, by either name, is part of the vision tower.
inline bool is_of_tower(const std::string& name) {
  return name.find("visual") != std::string::npos;
}

/// The nested name of a tensor stored under either scheme.
std::string nested_name(const std::string& stored);

/// The name under which `scheme` stores the tensor of this nested name.
std::string stored_name(const std::string& nested, NameScheme scheme);

}  // namespace juror
