// A Hugging Face model folder <-> a model in memory. Old and new tensor names, one file or shards,
// bf16, f16 or f32.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/model.h"
#include "tensor/device.h"
#include "tensor/safetensors.h"

namespace juror {

struct LoadOptions {
  /// Compute dtype; files of another dtype are converted tensor by tensor.
  at::ScalarType dtype = at::kFloat;
  /// Private memory that may be written (else, on the CPU, files of `dtype` stay memory maps).
  bool trainable = false;
  /// Where the model computes. Tensors go there one by one: neither side ever holds the model
  /// twice.
  at::Device device = at::kCPU;
  /// The language model's linear layers are kept in so many bits, unless the folder keeps them so
  /// already. The group is the largest up to this one that divides all their widths.
  Quantization quantization = {};
  /// To judge and no more: bf16 weights of the language model are laid out for products with few
  /// rows where that is faster (tensor/strip_weight.h), in memory of the process instead of the
  /// map.
  bool judges_only = false;
};

/// How a model is loaded to compute so.
LoadOptions load_options(const Compute& compute);

/// The same to judge with it and no more.
LoadOptions judging_options(const Compute& compute);

/// Loads FOLDER/{config.json, model.safetensors | model.safetensors.index.json + shards}. Throws
/// Error (kModel) naming the folder, the file and the tensor: missing, unexpected, wrong shape or
/// dtype, missing shard, damaged header.
std::unique_ptr<Model> load_model(const std::filesystem::path& folder, const LoadOptions& options);

/// Looks at a model folder without reading weights: throws as `load_model` does for what is
/// missing, unexpected or of another shape.
void check_weights(const std::filesystem::path& folder);

/// Lays a loaded model's weights out as `judges_only` does.
void lay_out_to_judge(Model& model);

/// Whether layers of the model are kept in four or eight bits.
bool is_quantized(Model& model);

/// Brings a model's parameters, one by one, to the device and dtype.
void move_model(Model& model, const Compute& compute);

/// A model with parameters of the config's shapes: weights from N(0, `deviation`), norms 1, biases
/// 0. fp32.
std::unique_ptr<Model> random_model(const ModelConfig& config, std::uint64_t seed,
                                    double deviation = 0.02);

/// Every parameter once, with its nested Hugging Face name, in the order of `Model::visit`.
/// Quantised weights are none.
NamedTensors named_parameters(Model& model);

/// Writes config.json and model.safetensors (shards of at most `shard_bytes` with an index when
/// larger) in `dtype`, quantised layers as compressed-tensors has them, with the tensor names of
/// `model.names`, in place of other weights in the folder. Each file appears whole or not at all.
/// Other files of the folder (tokenizer, preprocessor, template) are the caller's: see
/// `copy_sidecars`.
void save_model(Model& model, const std::filesystem::path& folder, at::ScalarType dtype,
                std::uint64_t shard_bytes = 5'000'000'000);

/// Copies what belongs to a model folder besides weights and config (tokenizer, preprocessor, chat
/// template, generation config), where present.
void copy_sidecars(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace juror
