// A PEFT folder (adapter_config.json, adapter_model.safetensors) <-> adapters in memory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/lora.h"
#include "model/weights.h"

namespace juror {

/// Whether the folder holds an adapter_config.json and no config.json of its own.
bool is_lora_folder(const std::filesystem::path& folder);

/// Writes the adapters of `model` as PEFT reads them. `base` is written down as the model that they
/// belong to: a folder or a name that `find_model` knows. A sample of its weights is written too,
/// so that `load_lora` knows another base.
void save_lora(Model& model, const LoraOptions& options, const std::string& base,
               const std::filesystem::path& folder);

/// Puts the adapters of a PEFT folder beside the model's layers (fp32, to be trained further or
/// merged) and freezes all other parameters. Names may be those of old transformers too. Returns
/// the options, with every adapted layer named in full and no dropout. Throws Error (kModel) naming
/// the file with the key or tensor: damaged files, variants of LoRA that Juror does not have (DoRA,
/// biases, modules_to_save, ranks by layer, …), tensors of another shape or of a layer that the
/// model does not have, half an adapter, another base model.
LoraOptions load_lora(Model& model, const std::filesystem::path& folder);

/// Looks at an adapter and at the sizes of its base model, whose weights are not read: throws as
/// `load_lora` does, but cannot tell another base of the same sizes.
void check_lora_folder(const std::filesystem::path& folder);
/// What an adapter for `model` writes down as its base: a name of the hub as it was given, a folder
/// in full, and of an adapter the base that it has itself. `model`: as `find_model` takes it.
std::string base_name(const std::string& model);

/// The folder of the base model that an adapter names, or `folder` itself if it is no adapter.
/// Throws Error (kModel) that says how to go on when the base is not on this machine.
std::filesystem::path base_folder(const std::filesystem::path& folder);

/// `model_hash` of a folder; of an adapter with that of its base behind a '+'.
std::string whole_model_hash(const std::filesystem::path& folder);

/// `load_model`, or for an adapter its base with the adapter merged in, or beside quantised
/// weights.
std::unique_ptr<Model> load_merged(const std::filesystem::path& folder, const LoadOptions& options);

}  // namespace juror
