#include "train/adamw.h"

#include <ATen/ATen.h>
#include <ATen/ops/_fused_adamw.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

bool is_master(const Tensor& parameter) { return parameter.scalar_type() == at::kFloat; }

}  // namespace

AdamW::AdamW(NamedTensors parameters, const AdamWOptions& options) : groups_(2), options_(options) {
  groups_[0].weight_decay = options.weight_decay;
  for (auto& [name, parameter] : parameters) {
    Group& group = groups_[parameter.dim() > 1 ? 0 : 1];
    group.names.push_back(name);
    group.parameters.push_back(parameter);
    const Tensor master = is_master(parameter) ? parameter : parameter.detach().to(at::kFloat);
    group.masters.push_back(master);
    group.exp_avg.push_back(at::zeros_like(master));
    group.exp_avg_sq.push_back(at::zeros_like(master));
    group.steps.push_back(at::zeros({}, parameter.options().dtype(at::kFloat)));
  }
}

void AdamW::zero_grad() {
  for (Group& group : groups_) {
    for (Tensor& parameter : group.parameters) parameter.mutable_grad().reset();
  }
}

double AdamW::clip_gradients() {
  std::vector<Tensor> norms;
  for (const Group& group : groups_) {
    for (const Tensor& parameter : group.parameters) {
      const Tensor& gradient = parameter.grad();
      if (!gradient.defined()) continue;
      norms.push_back(is_master(parameter) ? gradient.norm() : gradient.norm(2, at::kFloat));
    }
  }
  if (norms.empty()) return 0;
  const double norm = at::stack(norms).norm().item<double>();
  if (options_.max_grad_norm > 0 && norm > options_.max_grad_norm) {
    const double scale = options_.max_grad_norm / (norm + 1e-6);
    for (Group& group : groups_) {
      for (Tensor& parameter : group.parameters) {
        if (parameter.grad().defined()) parameter.mutable_grad().mul_(scale);
      }
    }
  }
  return norm;
}

void AdamW::step(double factor) {
  const c10::NoGradGuard no_grad;
  // All gradients first: where memory runs out, no parameter has moved.
  std::vector<std::vector<Tensor>> gradients;
  for (const Group& group : groups_) {
    gradients.emplace_back();
    for (const Tensor& parameter : group.parameters) {
      gradients.back().push_back(parameter.grad().defined()
                                     ? parameter.grad().to(at::kFloat)
                                     : at::zeros_like(parameter, at::kFloat));
    }
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Group& group = groups_[g];
    if (group.parameters.empty()) continue;
    for (Tensor& step : group.steps) step.add_(1);
    at::_fused_adamw_(group.masters, gradients[g], group.exp_avg, group.exp_avg_sq,
                      /*max_exp_avg_sqs=*/{}, group.steps, options_.learning_rate * factor,
                      options_.adam_beta1, options_.adam_beta2, group.weight_decay,
                      options_.adam_epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
  round_masters();
}

void AdamW::round_masters() {
  const c10::NoGradGuard no_grad;
  for (Group& group : groups_) {
    for (std::size_t i = 0; i < group.masters.size(); ++i) {
      if (!is_master(group.parameters[i])) group.parameters[i].copy_(group.masters[i]);
    }
  }
}

NamedTensors AdamW::state() const {
  NamedTensors tensors;
  for (const Group& group : groups_) {
    for (std::size_t i = 0; i < group.names.size(); ++i) {
      tensors.emplace_back("exp_avg." + group.names[i], group.exp_avg[i]);
      tensors.emplace_back("exp_avg_sq." + group.names[i], group.exp_avg_sq[i]);
      tensors.emplace_back("step." + group.names[i], group.steps[i]);
      if (!is_master(group.parameters[i]))
        tensors.emplace_back("master." + group.names[i], group.masters[i]);
    }
  }
  return tensors;
}

void AdamW::load_state(const SafetensorsFile& file) {
  for (auto& [name, tensor] : state()) {
    const Tensor stored = file.tensor(name);
    require_model(stored.sizes() == tensor.sizes(),
                  "The saved optimizer state '{}' has shape {}, and {} is expected.", name,
                  shape_text(stored.sizes()), shape_text(tensor.sizes()));
    tensor.copy_(stored);
  }
  round_masters();
}

}  // namespace juror
