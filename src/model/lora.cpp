#include "model/lora.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "base/error.h"
#include "base/option_text.h"
#include "base/random.h"
#include "model/weights.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

const std::string kAllLinear = "all-linear";

std::regex pattern_of(const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error&) {
    throw Error(
        fmt::format("LoRA: exclude_modules is '{}', which is no regular expression.", text));
  }
}

/// The names of a model's layers: those that can carry an adapter, and the others.
struct LayerNames {
  std::vector<std::string> linear, other;
};

LayerNames layer_names(Model& model) {
  LayerNames names;
  model.visit(
      LayerVisitor{.linear = [&](const std::string& name, Linear&,
                                 const LinearShape&) { names.linear.push_back(name); },
                   .parameter =
                       [&](const std::string& name, Tensor&, const std::vector<std::int64_t>&) {
                         names.other.push_back(name.substr(0, name.rfind('.')));
                       }});
  return names;
}

/// Refuses a target that means no linear layer, or one that PEFT could not adapt either as Juror
/// does.
void check_target(const std::string& target, const LayerNames& names) {
  for (const std::string& name : names.other) {
    require(!is_lora_target(name, target),
            "LoRA: target_modules names '{}', which also means '{}'; Juror adapts linear layers "
            "only. Write more of the "
            "name of the layer that you mean.",
            target, name);
  }
  const bool is_number =
      std::all_of(target.begin(), target.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto means = [&](const std::string& name) {
    return !is_number && is_lora_target(name, target);
  };
  if (std::any_of(names.linear.begin(), names.linear.end(), means)) return;
  std::vector<std::string> known = {kAllLinear};
  for (const std::string& name : names.linear) known.push_back(name.substr(name.rfind('.') + 1));
  throw Error(
      fmt::format("LoRA: target_modules names '{}', and no linear layer of the model has a name "
                  "that ends so.{} "
                  "'all-linear' means all of them.",
                  target, did_you_mean(target, known)));
}

/// A: uniform as PEFT's Kaiming initialisation with a = √5, which is ±1/√in. B: zero.
LowRank fresh_adapter(const LinearShape& shape, const LoraOptions& options, Random random,
                      const at::Device& device) {
  Tensor a = at::empty({options.r, shape.in}, at::kFloat);
  const double bound = 1.0 / std::sqrt(static_cast<double>(shape.in));
  float* values = a.data_ptr<float>();
  for (std::int64_t i = 0; i < a.numel(); ++i)
    values[i] = static_cast<float>(random.uniform(-bound, bound));
  const auto there = at::TensorOptions(device).dtype(at::kFloat);
  return {.a = on_device(a, device).requires_grad_(true),
          .b = at::zeros({shape.out, options.r}, there).requires_grad_(true),
          .scale = options.scale()};
}

}  // namespace

bool is_lora_target(const std::string& name, const std::string& target) {
  return name == target || name.ends_with("." + target);
}

double LoraOptions::scale() const {
  const auto rank = static_cast<double>(r);
  return lora_alpha / (use_rslora ? std::sqrt(rank) : rank);
}

std::vector<std::string> lora_layers(Model& model, const LoraOptions& options) {
  const LayerNames names = layer_names(model);
  for (const std::string& target : options.target_modules) {
    if (target != kAllLinear) check_target(target, names);
  }
  const std::regex excluded = pattern_of(options.exclude_modules);
  std::vector<std::string> chosen;
  for (const std::string& name : names.linear) {
    const auto means = [&](const std::string& target) {
      return target == kAllLinear || is_lora_target(name, target);
    };
    const bool is_named =
        std::any_of(options.target_modules.begin(), options.target_modules.end(), means);
    if (is_named && !std::regex_match(name, excluded)) chosen.push_back(name);
  }
  require(!chosen.empty(),
          "LoRA: target_modules and exclude_modules ('{}') leave no layer to adapt.",
          options.exclude_modules);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

NamedTensors add_lora(Model& model, const LoraOptions& options, std::uint64_t seed) {
  require(options.r > 0, "LoRA: the rank r is {}, and it must be at least 1.", options.r);
  require(options.lora_dropout == 0, "LoRA: lora_dropout is {}, and Juror trains without dropout.",
          options.lora_dropout);
  require(adapted_layers(model).empty(),
          "LoRA: the model has adapters already; merge or remove them first.");
  const std::vector<std::string> chosen = lora_layers(model, options);
  std::uint64_t index = 0;
  model.visit_linears([&](const std::string& name, Linear& linear, const LinearShape& shape) {
    const Random random{seed, index++};
    if (!std::binary_search(chosen.begin(), chosen.end(), name)) return;
    linear.lora = fresh_adapter(shape, options, random, linear.device());
  });
  freeze(model);
  return lora_parameters(model);
}

std::vector<std::pair<std::string, Linear*>> adapted_layers(Model& model) {
  std::vector<std::pair<std::string, Linear*>> layers;
  model.visit_linears([&](const std::string& name, Linear& linear, const LinearShape&) {
    if (linear.lora.a.defined()) layers.emplace_back(name, &linear);
  });
  return layers;
}

void freeze(Model& model) {
  for (auto& [name, parameter] : named_parameters(model)) parameter.requires_grad_(false);
}

NamedTensors lora_parameters(Model& model) {
  NamedTensors parameters;
  for (const auto& [name, linear] : adapted_layers(model)) {
    parameters.emplace_back("base_model.model." + name + ".lora_A.weight", linear->lora.a);
    parameters.emplace_back("base_model.model." + name + ".lora_B.weight", linear->lora.b);
  }
  return parameters;
}

Tensor merged_weight(const Linear& linear) {
  require(
      !linear.quantized.defined(),
      "LoRA: an adapter cannot be merged into a weight of {} bits; merge it into the model that "
      "was quantised, or keep it beside.",
      linear.quantized.bits);
  require(!linear.strips.defined(),
          "LoRA: an adapter cannot be merged into a model that is laid out to judge.");
  const c10::NoGradGuard no_grad;
  const LowRank& lora = linear.lora;
  return at::addmm(linear.weight.to(lora.a.scalar_type()), lora.b, lora.a, /*beta=*/1, lora.scale)
      .to(linear.weight.scalar_type());
}

void merge_lora(Model& model) {
  for (const auto& [name, linear] : adapted_layers(model)) {
    linear->weight = merged_weight(*linear);
    linear->lora = {};
  }
}

void remove_lora(Model& model) {
  for (const auto& [name, linear] : adapted_layers(model)) linear->lora = {};
}

MergedAdapters::MergedAdapters(Model& model) {
  for (const auto& [name, linear] : adapted_layers(model)) {
    const bool is_exact =
        !linear->is_packed() && linear->weight.scalar_type() == linear->lora.a.scalar_type();
    if (!is_exact) continue;
    before_.emplace_back(linear, std::exchange(linear->lora.merged, merged_weight(*linear)));
  }
}

MergedAdapters::~MergedAdapters() {
  for (auto& [linear, merged] : before_) linear->lora.merged = merged;
}

AdaptersOff::AdaptersOff(Model& model) {
  for (const auto& [name, linear] : adapted_layers(model)) {
    before_.emplace_back(linear, std::exchange(linear->lora.is_on, false));
  }
}

AdaptersOff::~AdaptersOff() {
  for (const auto& [linear, is_on] : before_) linear->lora.is_on = is_on;
}

}  // namespace juror
