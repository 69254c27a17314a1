// adapter_config.json of PEFT <-> options. Pure text; the tensors are the business of
// lora_folder.h.
#pragma once

#include <string>
#include <vector>

#include "model/lora.h"

namespace juror {

/// What the file says, as far as it decides what an adapter computes.
struct LoraConfig {
  LoraOptions
      options;  ///< without exclude_modules when read: the tensors decide which layers are adapted
  std::string base;  ///< of which model: a folder or a name, with "@revision" if there is one
  bool names_all_layers = true;  ///< whether target_modules alone decides which layers are adapted
  std::vector<std::string> text_only_targets = {};  ///< of them, those that leave the tower alone
};

/// Reads and checks the content of an adapter_config.json; `file` names it in errors. Throws Error
/// (kModel) that names the key and its value: not LoRA, a variant of it that Juror does not have
/// (DoRA, biases, modules_to_save, ranks by layer, initial values that change the base; of tomorrow
/// too), a rank below 1. Dropout is accepted and dropped.
LoraConfig parse_lora_config(const std::string& text, const std::string& file);

/// The file that PEFT reads, with `layers` as target_modules where the options say all-linear.
std::string lora_config_text(const LoraConfig& config, const std::vector<std::string>& layers);

}  // namespace juror
