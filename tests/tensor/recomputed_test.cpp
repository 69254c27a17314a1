// What is computed twice has the values and gradients of what is kept.
#include "tensor/recomputed.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

namespace juror {
namespace {

Tensor wave(at::IntArrayRef shape, double frequency) {
  return at::sin(at::arange(at::zeros(shape).numel(), at::kFloat) * frequency).reshape(shape);
}

/// A function of two inputs and a parameter, with two results, that counts its calls.
struct Counted {
  Tensor weight = wave({4, 3}, 0.7).requires_grad_(true);
  mutable int calls = 0;
  std::vector<Tensor> operator()(const std::vector<Tensor>& in) const {
    ++calls;
    const Tensor inner = at::tanh(at::linear(in[0], weight)) * in[1];
    return {inner, inner.sum(-1)};
  }
};

std::vector<Tensor> gradients(bool recomputes) {
  const Counted f;
  const Tensor x = wave({5, 3}, 1.3).requires_grad_(true),
               y = wave({5, 4}, 0.4).requires_grad_(true);
  const auto call = [&f](const std::vector<Tensor>& in) { return f(in); };
  const std::vector<Tensor> out = recomputes ? recomputed(call, {x, y}) : f({x, y});
  (out[0].square().sum() + out[1].sin().sum()).backward();
  EXPECT_EQ(f.calls, recomputes ? 2 : 1);
  return {out[0].detach(), out[1].detach(), x.grad(), y.grad(), f.weight.grad()};
}

TEST(Recomputed, HasTheValuesAndGradientsOfWhatIsKeptBitForBit) {
  const std::vector<Tensor> kept = gradients(false), again = gradients(true);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_TRUE(at::equal(kept[i], again[i])) << i;
}

TEST(Recomputed, TrainsParametersWhereNoInputAsksForAGradient) {
  const Counted f;
  const Tensor x = wave({5, 3}, 1.3), y = wave({5, 4}, 0.4);
  recomputed([&f](const std::vector<Tensor>& in) { return f(in); }, {x, y})[0].sum().backward();
  const Tensor expected = f.weight.grad().clone();
  f.weight.mutable_grad().reset();
  f({x, y})[0].sum().backward();
  EXPECT_TRUE(at::equal(f.weight.grad(), expected));
  EXPECT_FALSE(x.grad().defined());
}

TEST(Recomputed, AsksForNoGradientWhereNothingTrains) {
  Counted f;
  f.weight = f.weight.detach();
  const std::vector<Tensor> out = recomputed([&f](const std::vector<Tensor>& in) { return f(in); },
                                             {wave({5, 3}, 1.3), wave({5, 4}, 0.4)});
  EXPECT_FALSE(out[0].requires_grad());
}

TEST(Recomputed, ComputesOnceWhereGradientsAreOff) {
  const c10::NoGradGuard no_grad;
  const Counted f;
  const std::vector<Tensor> out = recomputed([&f](const std::vector<Tensor>& in) { return f(in); },
                                             {wave({5, 3}, 1.3), wave({5, 4}, 0.4)});
  EXPECT_EQ(f.calls, 1);
  EXPECT_FALSE(out[0].requires_grad());
}

}  // namespace
}  // namespace juror
