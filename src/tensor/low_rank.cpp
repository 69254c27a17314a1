#include "tensor/low_rank.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "tensor/linear.h"

namespace juror {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

struct Sum {
  Tensor y;    // [T, out]
  Tensor low;  // [T, r]: scale · x Aᵀ
};

/// Without gradients. y: [T, out]; x: [T, in].
Sum sum_of(const Tensor& y, const Tensor& x, const LowRankWeights& w) {
  const c10::NoGradGuard no_grad;
  const at::ScalarType wide = w.a.scalar_type();
  const Tensor low = linear_product(x.to(wide), w.a).mul_(w.scale);
  return {.y = linear_product(low, w.b).add_(y).to(y.scalar_type()), .low = low};
}

struct AddLowRank : torch::autograd::Function<AddLowRank> {
  static Variable forward(AutogradContext* context, const Variable& y, const Variable& x,
                          const Variable& a, const Variable& b, double scale) {
    Sum sum = sum_of(y, x, {a, b, scale});
    context->save_for_backward({x, a, b, sum.low});
    context->saved_data["scale"] = scale;
    return sum.y;
  }
  /// With d = scale · dy B: dA = dᵀ x, dx = d A, dB = dyᵀ low.
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &a = saved[1], &b = saved[2], &low = saved[3];
    const Tensor dy = gradients[0].to(a.scalar_type());
    const Tensor d = dy.matmul(b).mul_(context->saved_data["scale"].toDouble());  // [T, r]
    Tensor dx, da, db;
    if (context->needs_input_grad(1)) dx = d.matmul(a).to(x.scalar_type());
    if (context->needs_input_grad(2)) da = d.t().matmul(x.to(a.scalar_type()));
    if (context->needs_input_grad(3)) db = dy.t().matmul(low);
    return {gradients[0], dx, da, db, Tensor()};
  }
};

}  // namespace

Tensor add_low_rank(const Tensor& y, const Tensor& x, const LowRankWeights& w) {
  const Tensor rows = y.reshape({-1, y.size(-1)}), from = x.reshape({-1, x.size(-1)});
  const Tensor sum = c10::GradMode::is_enabled() ? AddLowRank::apply(rows, from, w.a, w.b, w.scale)
                                                 : sum_of(rows, from, w).y;
  return sum.view(y.sizes());
}

}  // namespace juror
