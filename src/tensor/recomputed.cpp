#include "tensor/recomputed.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "tensor/mixed_precision.h"

namespace juror {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// What the backward pass needs beside the inputs.
struct Kept : torch::CustomClassHolder {
  Kept(TensorFunction function, bool mixed) : f(std::move(function)), is_mixed(mixed) {}

  TensorFunction f;
  bool is_mixed;
};

/// f of inputs that are leaves, with gradients.
struct Computed {
  variable_list inputs, outputs;
};
Computed compute(const Kept& kept, const variable_list& given) {
  const c10::AutoGradMode with_gradients(true);
  Computed computed;
  for (const Tensor& input : given)
    computed.inputs.push_back(input.detach().requires_grad_(input.requires_grad()));
  computed.outputs = kept.f(computed.inputs);
  return computed;
}

/// `trained` stands for the parameters that f refers to: it asks for a gradient where no input
/// does.
struct RecomputedFunction : torch::autograd::Function<RecomputedFunction> {
  static variable_list forward(AutogradContext* context, const TensorFunction& f,
                               const Variable& /*trained*/, at::TensorList inputs) {
    const auto kept = c10::make_intrusive<Kept>(f, MixedPrecision::is_on(inputs[0].device()));
    context->save_for_backward(inputs.vec());
    context->set_materialize_grads(false);
    context->saved_data["kept"] = c10::IValue::make_capsule(kept);
    variable_list outputs, constant;  // by the very kernels that compute them again
    for (const Tensor& output : compute(*kept, inputs.vec()).outputs) {
      outputs.push_back(output.detach());
      if (!output.requires_grad()) constant.push_back(outputs.back());
    }
    context->mark_non_differentiable(constant);
    return outputs;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto kept =
        c10::static_intrusive_pointer_cast<Kept>(context->saved_data["kept"].toCapsule());
    const Computed again = [&] {
      const MixedPrecision precision(kept->is_mixed, saved.front().device());
      return compute(*kept, saved);
    }();
    variable_list roots, seeds;
    for (std::size_t i = 0; i < again.outputs.size(); ++i) {
      if (!again.outputs[i].requires_grad() || !gradients[i].defined()) continue;
      roots.push_back(again.outputs[i]);
      seeds.push_back(gradients[i]);
    }
    if (!roots.empty()) torch::autograd::backward(roots, seeds);
    variable_list result = {Tensor(), Tensor()};  // of f and `trained`
    for (const Tensor& input : again.inputs) result.push_back(input.grad());
    return result;
  }
};

}  // namespace

std::vector<Tensor> recomputed(const TensorFunction& f, const std::vector<Tensor>& inputs) {
  if (!c10::GradMode::is_enabled()) return f(inputs);
  const Tensor trained = at::empty({0}, inputs.front().options()).requires_grad_(true);
  return RecomputedFunction::apply(f, trained, at::TensorList(inputs));
}

}  // namespace juror
