#include "tensor/lean.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

#include "tensor/linear.h"

namespace juror {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

bool needs_gradient(std::initializer_list<Tensor> inputs) {
  if (!c10::GradMode::is_enabled()) return false;
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const Tensor& x) { return x.defined() && x.requires_grad(); });
}

/// Of each row: 1 / rms. wide: [.., C] in fp32. Returns [.., 1].
Tensor reciprocal_rms(const Tensor& wide, double eps) {
  return at::rsqrt(wide.square().mean(-1, /*keepdim=*/true) + eps);
}

struct RmsNormFunction : torch::autograd::Function<RmsNormFunction> {
  static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                          double eps) {
    const Tensor wide = x.to(at::kFloat), scale = reciprocal_rms(wide, eps);
    context->save_for_backward({x, weight, scale});
    return weight * (wide * scale).to(x.scalar_type());
  }
  /// With n = x / rms: dx = (w·dy − n · mean(n · w·dy)) / rms.
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &scale = saved[2], &dy = gradients[0];
    const Tensor n = x.to(at::kFloat) * scale;  // [.., C]
    Tensor dx, dw;
    if (context->needs_input_grad(0)) {
      const Tensor dn = (weight * dy).to(at::kFloat);
      dx = ((dn - n * (n * dn).mean(-1, /*keepdim=*/true)) * scale).to(x.scalar_type());
    }
    if (context->needs_input_grad(1))
      dw = (dy * n.to(x.scalar_type())).reshape({-1, weight.size(0)}).sum(0);
    return {dx, dw, Tensor()};
  }
};

struct GateGradients {
  Tensor gate, up;
};

/// silu'(g) = σ(g) · (1 + g · (1 − σ(g))).
GateGradients gate_gradients(const Tensor& gate, const Tensor& up, const Tensor& d_product) {
  return {.gate = at::silu_backward(d_product * up, gate), .up = d_product * at::silu(gate)};
}

struct SwiGluFunction : torch::autograd::Function<SwiGluFunction> {
  static Variable forward(AutogradContext* context, const Variable& gate, const Variable& up) {
    context->save_for_backward({gate, up});
    return at::silu(gate) * up;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const GateGradients d = gate_gradients(saved[0], saved[1], gradients[0]);
    return {d.gate, d.up};
  }
};

std::optional<Tensor> if_defined(const Tensor& bias) {
  return bias.defined() ? std::optional(bias) : std::nullopt;
}

struct SwiGluLinearFunction : torch::autograd::Function<SwiGluLinearFunction> {
  static Variable forward(AutogradContext* context, const Variable& gate, const Variable& up,
                          const Variable& weight, const std::optional<Tensor>& bias) {
    context->save_for_backward({gate, up, weight, bias.value_or(Tensor())});
    return library_product(at::silu(gate) * up, weight, bias.value_or(Tensor()));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &gate = saved[0], &up = saved[1];
    const Tensor dy = gradients[0].to(gate.scalar_type());
    const WeightGradients down = weight_gradients(dy, at::silu(gate) * up, saved[2], saved[3]);
    const GateGradients d =
        gate_gradients(gate, up, library_product(dy, saved[2].to(dy.scalar_type()).t()));
    return {d.gate, d.up, down.weight, down.bias};
  }
};

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  if (needs_gradient({x, weight})) return RmsNormFunction::apply(x, weight, eps);
  const Tensor wide = x.to(at::kFloat);
  return weight * (wide * reciprocal_rms(wide, eps)).to(x.scalar_type());
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  return needs_gradient({gate, up}) ? SwiGluFunction::apply(gate, up) : at::silu(gate).mul_(up);
}

Tensor swiglu_linear(const Tensor& gate, const Tensor& up, const LinearWeights& down) {
  if (!needs_gradient({gate, up, down.weight, down.bias}))
    return linear_product(at::silu(gate).mul_(up), down.weight, down.bias);
  return SwiGluLinearFunction::apply(gate, up, down.weight, if_defined(down.bias));
}

}  // namespace juror
