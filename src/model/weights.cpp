#include "model/weights.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "model/checkpoint.h"
#include "model/family.h"
#include "model/stored_quantization.h"
#include "tensor/allocator.h"
#include "tensor/finite.h"
#include "tensor/out_of_memory.h"
#include "tensor/strip_weight.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

Tensor convert(const Tensor& stored, const LoadOptions& options) {
  if (!options.device.is_cpu()) return upload(stored, {options.device, options.dtype});
  if (stored.scalar_type() != options.dtype) return stored.to(options.dtype);
  return options.trainable ? stored.clone() : stored;
}

/// Refuses weights with which nothing can be computed, before an answer of NaN does.
void require_finite(const Tensor& stored, const fs::path& folder, const std::string& name) {
  require_model(is_finite(stored),
                "The model folder '{}': tensor '{}' holds values that are no numbers (NaN or "
                "infinite): the file is damaged, or training went astray before it was saved.",
                folder.string(), name);
}

/// Whether a stored tensor is what was loaded, compared some rows at a time.
bool is_same(const Tensor& stored, const Tensor& loaded) {
  if (stored.sizes() != loaded.sizes()) return false;
  constexpr std::int64_t kRows = 4096;
  for (std::int64_t begin = 0; begin < stored.size(0); begin += kRows) {
    const std::int64_t count = std::min(kRows, stored.size(0) - begin);
    const Tensor there = on_device(stored.narrow(0, begin, count), loaded.device());
    if (!at::equal(there.to(loaded.scalar_type()), loaded.narrow(0, begin, count))) return false;
  }
  return true;
}

/// A layer that the folder keeps quantised.
struct StoredLayer {
  const std::string& name;
  const LinearShape& shape;
  const StoredQuantization& stored;
  const TakeTensor& take;
};

/// What is done with what a folder holds.
struct StoredVisitor {
  std::function<void(Tensor& parameter, const std::string& name, const Tensor& stored)> parameter;
  std::function<void(Linear& linear, const std::string& name, const Tensor& stored)> weight;
  std::function<void(Linear& linear, const StoredLayer& layer)> quantized;
};

/// Hands out every stored tensor, and every layer that is stored quantised; refuses a tensor that
/// is missing, or of another shape or kind.
void each_stored(Model& model, Checkpoint& checkpoint, const fs::path& folder,
                 const StoredVisitor& visitor) {
  const StoredQuantization stored_as = stored_quantization(model.config().json, folder.string());
  const TakeTensor take = [&](const std::string& name) {
    const bool is_optional = name.ends_with(".weight_zero_point");
    return is_optional && !checkpoint.contains(name) ? Tensor() : checkpoint.take(name);
  };
  const auto checked = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    const Tensor stored = checkpoint.take(name);
    require_model(stored.sizes() == at::IntArrayRef(shape),
                  "The model folder '{}': tensor '{}' has shape {}, and config.json asks for {}.",
                  folder.string(), name, shape_text(stored.sizes()), shape_text(shape));
    require_model(
        at::isFloatingType(stored.scalar_type()),
        "The model folder '{}': tensor '{}' has an integer dtype; F32, F16 or BF16 is expected.",
        folder.string(), name);
    return stored;
  };
  const auto visit_linear = [&](const std::string& name, Linear& linear, const LinearShape& shape) {
    if (stored_as.bits > 0 && checkpoint.contains(stored_names(name, stored_as).front()))
      visitor.quantized(linear, {name, shape, stored_as, take});
    else
      visitor.weight(linear, name, checked(name + ".weight", {shape.out, shape.in}));
    if (shape.has_bias)
      visitor.parameter(linear.bias, name + ".bias", checked(name + ".bias", {shape.out}));
  };
  const auto visit_parameter = [&](const std::string& name, Tensor& parameter,
                                   const std::vector<std::int64_t>& shape) {
    visitor.parameter(parameter, name, checked(name, shape));
  };
  model.visit({.linear = visit_linear, .parameter = visit_parameter});
}

/// The options' group, or the largest below it that divides the widths of all layers that are
/// quantised.
Quantization common_quantization(Model& model, Quantization how) {
  model.visit_linears([&](const std::string& name, Linear&, const LinearShape& shape) {
    if (is_of_tower(name)) return;
    const std::int64_t group = group_for(shape.in, how.group);
    require_model(
        group > 0,
        "The layer '{}' has {} inputs, which no group of 32, 64 or 128 divides: it cannot "
        "be kept in {} bits. Use --dtype bfloat16.",
        name, shape.in, how.bits);
    how.group = group;
  });
  return how;
}

void lay_out_to_judge(Linear& linear) {
  if (!linear.is_plain() || !fits_strips(linear.weight)) return;
  linear.strips = to_strips(linear.weight);
  linear.weight = Tensor();
}

/// The head, with a tied one the embedding too.
void lay_out_head(Decoder& decoder) {
  if (!fits_strips(decoder.head)) return;
  decoder.head_strips = to_strips(decoder.head);
  if (decoder.embedding.is_same(decoder.head)) decoder.embedding = Tensor();
  decoder.head = Tensor();
}

/// A folder may hold a tied head once more.
void require_tied(Checkpoint& checkpoint, const fs::path& folder, const Tensor& embedding) {
  if (!checkpoint.contains("lm_head.weight")) return;
  require_model(is_same(checkpoint.take("lm_head.weight"), embedding),
                "The model folder '{}': config.json ties lm_head.weight to the embedding, but "
                "their values differ.",
                folder.string());
}

std::unique_ptr<Model> read_model(const fs::path& folder, const LoadOptions& options) {
  const FreedMemoryGoesBack while_reading;
  auto model = std::make_unique<Model>(load_config(folder));
  Checkpoint checkpoint(folder);
  model->names = checkpoint.names();
  const bool quantizes = options.quantization.bits > 0;
  const Quantization how =
      quantizes ? common_quantization(*model, options.quantization) : Quantization{};
  const auto let_go = [&](const Tensor& stored, const Tensor& kept) {
    if (!kept.defined() || !kept.is_alias_of(stored)) checkpoint.release(stored);
  };
  const auto read_weight = [&](Linear& linear, const std::string& name, const Tensor& stored) {
    require_finite(stored, folder, name + ".weight");
    const bool may_pack = !is_of_tower(name);
    if (quantizes && may_pack)
      linear.quantized = on_device(quantize(stored, how), options.device);
    else
      linear.weight = convert(stored, options);
    if (options.judges_only && may_pack) lay_out_to_judge(linear);
    let_go(stored, linear.weight);
  };
  const auto read_quantized = [&](Linear& linear, const StoredLayer& layer) {
    require(!quantizes || how.bits == layer.stored.bits,
            "The model '{}' is kept in {} bits, and {} are asked for: leave --dtype out.",
            folder.string(), layer.stored.bits, how.bits);
    std::vector<Tensor> taken;
    linear.quantized =
        on_device(take_quantized(layer.name, layer.shape.out, layer.shape.in, layer.stored,
                                 [&](const std::string& name) {
                                   taken.push_back(layer.take(name));
                                   return taken.back();
                                 }),
                  options.device);
    for (const Tensor& stored : taken) {
      if (stored.defined()) checkpoint.release(stored);
    }
  };
  const auto read_parameter = [&](Tensor& parameter, const std::string& name,
                                  const Tensor& stored) {
    require_finite(stored, folder, name);
    parameter = convert(stored, options);
    Decoder& decoder = model->decoder;
    if (model->config().text.tied_head && &parameter == &decoder.embedding) {
      require_tied(checkpoint, folder, parameter);
      decoder.head = parameter;
    }
    if (options.judges_only && decoder.head.defined()) lay_out_head(decoder);
    let_go(stored, parameter);
  };
  each_stored(*model, checkpoint, folder,
              {.parameter = read_parameter, .weight = read_weight, .quantized = read_quantized});
  checkpoint.require_empty(model->config().family->name);
  return model;
}

}  // namespace

void check_weights(const fs::path& folder) {
  Model model(load_config(folder));
  Checkpoint checkpoint(folder);
  each_stored(model, checkpoint, folder,
              {.parameter = [](Tensor&, const std::string&, const Tensor&) {},
               .weight = [](Linear&, const std::string&, const Tensor&) {},
               .quantized =
                   [](Linear&, const StoredLayer& layer) {
                     for (const std::string& name : stored_names(layer.name, layer.stored))
                       layer.take(name);
                   }});
  if (model.config().text.tied_head && checkpoint.contains("lm_head.weight"))
    checkpoint.take("lm_head.weight");
  checkpoint.require_empty(model.config().family->name);
}

LoadOptions load_options(const Compute& compute) {
  return {.dtype = compute.dtype,
          .device = compute.device,
          .quantization = {.bits = compute.weight_bits}};
}

LoadOptions judging_options(const Compute& compute) {
  LoadOptions options = load_options(compute);
  options.judges_only = true;
  return options;
}

void lay_out_to_judge(Model& model) {
  model.visit_linears([](const std::string& name, Linear& linear, const LinearShape&) {
    if (!is_of_tower(name)) lay_out_to_judge(linear);
  });
  lay_out_head(model.decoder);
}

std::unique_ptr<Model> load_model(const fs::path& folder, const LoadOptions& options) {
  const std::string advice =
      fmt::format("It computes in {}; {}a smaller model needs less.", dtype_name(options.dtype),
                  options.dtype == at::kFloat ? "--dtype bfloat16 needs half of that, and " : "");
  return with_memory_advice(fmt::format("The model '{}'", folder.string()), advice,
                            [&] { return read_model(folder, options); });
}

void move_model(Model& model, const Compute& compute) {
  model.visit([&](const std::string&, Tensor& parameter, const std::vector<std::int64_t>&) {
    parameter = upload(parameter, compute);
  });
}

std::unique_ptr<Model> random_model(const ModelConfig& config, std::uint64_t seed,
                                    double deviation) {
  auto model = std::make_unique<Model>(config);
  std::uint64_t index = 0;
  model->visit(
      [&](const std::string& name, Tensor& parameter, const std::vector<std::int64_t>& shape) {
        parameter = at::zeros(shape, at::kFloat);
        Random random{seed, index++};
        const bool is_norm = shape.size() == 1 && name.find("bias") == std::string::npos;
        if (is_norm) parameter.fill_(1.0);
        if (shape.size() == 1) return;
        float* values = parameter.data_ptr<float>();
        for (std::int64_t i = 0; i < parameter.numel(); ++i)
          values[i] = static_cast<float>(deviation * random.normal());
      });
  return model;
}

NamedTensors named_parameters(Model& model) {
  NamedTensors parameters;
  model.visit([&](const std::string& name, Tensor& parameter, const std::vector<std::int64_t>&) {
    parameters.emplace_back(name, parameter);
  });
  return parameters;
}

}  // namespace juror
