// Kernels for few rows against at::linear (torch 2.15) on one core of an AMD EPYC (Zen 4), GFLOP/s,
// weights out of cache:
//   rows                          1    8   16   32        1    8   16   32
//   768 -> 2048   fp32 at::linear 5   22   40   60  ours 10   56   80   89
//                 bf16            8   29   79  112       18  109  129  144
//   768 -> 32000  fp32            6   17   30    -       12   63   88   96
//                 bf16           11   42   83    -       19  126  144  156
// From about 128 rows on at::linear catches up. Its fp32 is slow on AMD, whatever the rows; there
// oneDNN multiplies many rows (many_rows.h). Zen 5, GFLOP/s: 1024 rows, 160 -> 480: 104, oneDNN
// 233; 512 rows, 704 -> 256: 101, oneDNN 221; 512 rows, 2048 -> 2048, and its gradients of x and of
// the weight: 81, 109, 105, oneDNN 234, 217, 217. A shape that is new to oneDNN costs it 0.6 ms.
#include "tensor/linear.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

#include "tensor/few_rows.h"
#include "tensor/many_rows.h"

namespace juror {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::int64_t kMostRows = 64;
constexpr std::int64_t kLeastOfMany = 256;  // below, making kernels for new shapes costs more
constexpr std::int64_t kGrain =
    32;  // columns a thread takes at least; a multiple of the kernel's block

bool needs_gradient(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return c10::GradMode::is_enabled() &&
         (x.requires_grad() || weight.requires_grad() || (bias.defined() && bias.requires_grad()));
}

bool has_kernel(at::ScalarType dtype) {
  static const bool f32 = has_few_rows_kernel_f32(), bf16 = has_few_rows_kernel_bf16();
  return dtype == at::kFloat ? f32 : dtype == at::kBFloat16 && bf16;
}

/// Whether a kernel that reads plain rows of one dtype can do it.
bool is_plain_product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto fits = [&](const Tensor& t) {
    return t.is_cpu() && t.is_contiguous() && t.scalar_type() == x.scalar_type();
  };
  return x.dim() == 2 && x.size(0) > 0 && weight.dim() == 2 && x.size(1) == weight.size(1) &&
         fits(x) && fits(weight) && (!bias.defined() || fits(bias));
}

bool is_for_few_rows(const Tensor& x) {
  return x.size(0) <= kMostRows && has_kernel(x.scalar_type());
}

bool is_for_many_rows(const Tensor& x) {
  return x.size(0) >= kLeastOfMany && x.scalar_type() == at::kFloat && has_many_rows_kernel();
}

template <class Element>
Tensor few_rows(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  Tensor y = at::empty({x.size(0), weight.size(0)}, x.options());
  const auto data = [](const Tensor& t) { return static_cast<const Element*>(t.const_data_ptr()); };
  const FewRowsProduct<Element> product{.x = data(x),
                                        .weight = data(weight),
                                        .bias = bias.defined() ? data(bias) : nullptr,
                                        .y = static_cast<Element*>(y.mutable_data_ptr()),
                                        .rows = x.size(0),
                                        .in = x.size(1),
                                        .out = weight.size(0)};
  const std::int64_t chunks = (product.out + kGrain - 1) / kGrain;
  at::parallel_for(0, chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    multiply_few_rows(product, begin * kGrain, std::min(end * kGrain, product.out));
  });
  return y;
}

Tensor by_torch(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return bias.defined() ? at::linear(x, weight, bias) : at::linear(x, weight);
}

struct ManyRowsFunction : torch::autograd::Function<ManyRowsFunction> {
  static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                          const std::optional<Tensor>& bias) {
    context->save_for_backward({x, weight, bias.value_or(Tensor())});
    return multiply_many_rows(x, weight, bias.value_or(Tensor()));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& dy = gradients[0];
    const WeightGradients d = weight_gradients(dy, saved[0], saved[1], saved[2]);
    return {context->needs_input_grad(0) ? library_product(dy, saved[1].t()) : Tensor(), d.weight,
            d.bias};
  }
};

}  // namespace

Tensor library_product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto fits = [](const Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat; };
  if (!fits(x) || !fits(weight) || !is_for_many_rows(x)) return by_torch(x, weight, bias);
  const auto dense = [](const Tensor& t) {  // as it is or transposed
    return t.is_contiguous() || t.t().is_contiguous() ? t : t.contiguous();
  };
  return multiply_many_rows(dense(x), dense(weight), bias);
}

WeightGradients weight_gradients(const Tensor& dy, const Tensor& x, const Tensor& weight,
                                 const Tensor& bias) {
  WeightGradients d;
  if (weight.requires_grad())
    d.weight = library_product(dy.t(), x.to(dy.scalar_type()).t()).to(weight.scalar_type());
  if (bias.defined() && bias.requires_grad())
    d.bias = dy.to(at::kFloat).sum(0).to(bias.scalar_type());
  return d;
}

Tensor linear_product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const bool is_plain = is_plain_product(x, weight, bias);
  const bool has_gradient = needs_gradient(x, weight, bias);
  if (is_plain && is_for_many_rows(x)) {
    if (!has_gradient) return multiply_many_rows(x, weight, bias);
    return ManyRowsFunction::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt);
  }
  if (is_plain && !has_gradient && is_for_few_rows(x))
    return x.scalar_type() == at::kFloat ? few_rows<float>(x, weight, bias)
                                         : few_rows<std::uint16_t>(x, weight, bias);
  return by_torch(x, weight, bias);
}

}  // namespace juror
