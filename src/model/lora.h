// LoRA: low-rank adapters beside the weights of linear layers. Folders of adapters are the business
// of lora_folder.h. Source: Hu et al. 2021 (arXiv 2106.09685); names, initial values and which
// layers match: huggingface/peft.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "model/model.h"
#include "tensor/safetensors.h"

namespace juror {

/// Named and meant as in PEFT's LoraConfig.
struct LoraOptions {
  std::int64_t r = 16;
  double lora_alpha = 32;
  std::vector<std::string> target_modules = {"all-linear"};
  std::string exclude_modules = ".*visual.*";
  bool use_rslora = false;
  double lora_dropout = 0;

  template <class Field>
  void fields(Field&& field) {
    field("r", r, "Rank of the adapters", Range{1, 4096});
    field("lora_alpha", lora_alpha, "The adapter counts lora_alpha / r", Range{0, 1e6});
    field("target_modules", target_modules,
          "Ends of the names of the adapted layers, as q_proj; all-linear: every one");
    field("exclude_modules", exclude_modules,
          "Pattern of names that are not adapted; empty adapts the vision tower too");
    field("use_rslora", use_rslora, "The adapter counts lora_alpha / sqrt(r) instead");
    field("lora_dropout", lora_dropout,
          "Only 0: dropout would change the policy between rollout and loss", Range{0, 0});
  }

  double scale() const;  ///< of B A
};

/// Whether a target means a layer, as PEFT decides it: the whole name, or its end from a dot on.
bool is_lora_target(const std::string& name, const std::string& target);

/// The linear layers that the options mean, by name and sorted. `exclude_modules` is a regular
/// expression for whole names. The model needs no weights. Throws Error for a target that no linear
/// layer has (an embedding or convolution, say), a broken pattern, and when nothing is left.
std::vector<std::string> lora_layers(Model& model, const LoraOptions& options);

/// Puts adapters beside `lora_layers` (A uniform in ±1/√in as in PEFT, drawn from `seed` and the
/// place of the layer alone; B zero; fp32) and freezes all other parameters. Returns
/// `lora_parameters`. Throws Error as `lora_layers`, and for rank 0, dropout, and a model that has
/// adapters.
NamedTensors add_lora(Model& model, const LoraOptions& options, std::uint64_t seed);

/// A (`[r, in]`) and B (`[out, r]`) of every adapter under PEFT's names,
/// "base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight", layer by layer.
NamedTensors lora_parameters(Model& model);

/// Switches the gradients of all parameters off; adapters keep theirs.
void freeze(Model& model);

/// The linear layers with an adapter and their names, in the order of `Model::visit`.
std::vector<std::pair<std::string, Linear*>> adapted_layers(Model& model);

/// weight + scale · B A, computed in the adapter's dtype and rounded once. [out, in]
Tensor merged_weight(const Linear& linear);

/// Every adapted weight becomes `merged_weight`, in memory of its own, and the adapters go.
void merge_lora(Model& model);

/// The adapters go; weights are as they were loaded.
void remove_lora(Model& model);

/// While it lives, passes without gradients read merged weights: a rollout then costs what the base
/// model costs, and the memory of a second copy of the adapted weights. Base weights are not
/// touched. Adapters of weights in half precision or in few bits stay beside them: what is merged
/// would be rounded to another policy, and the product beside costs little at such sizes. Make a
/// new one when adapters changed.
class MergedAdapters {
 public:
  explicit MergedAdapters(Model& model);  ///< `model` must outlive it
  ~MergedAdapters();
  MergedAdapters(const MergedAdapters&) = delete;
  MergedAdapters& operator=(const MergedAdapters&) = delete;

 private:
  std::vector<std::pair<Linear*, Tensor>> before_;
};

/// While it lives, the model computes as its base does: the reference policy. Also inside a
/// MergedAdapters.
class AdaptersOff {
 public:
  explicit AdaptersOff(Model& model);  ///< `model` must outlive it
  ~AdaptersOff();
  AdaptersOff(const AdaptersOff&) = delete;
  AdaptersOff& operator=(const AdaptersOff&) = delete;

 private:
  std::vector<std::pair<Linear*, bool>> before_;
};

}  // namespace juror
