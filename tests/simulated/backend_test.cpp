// The simulated accelerator itself: what it refuses, what it counts, and that it computes what the
// CPU computes.
#include "simulated/backend.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace juror {
namespace {

using at::Tensor;

class Simulated : public testing::Test {
 protected:
  void SetUp() override {
    simulated_start();
    simulated_reset_counts();
  }
  static at::Device device() { return at::Device("simulated:0"); }
  static Tensor values(std::initializer_list<std::int64_t> shape) {
    std::int64_t count = 1;
    for (const std::int64_t length : shape) count *= length;
    return at::sin(at::arange(count, at::kFloat))
        .reshape(at::IntArrayRef(shape.begin(), shape.size()));
  }
};

using SimulatedDeathTest = Simulated;

TEST_F(SimulatedDeathTest, AStrayReadByTheHostEndsTheProcess) {
  const Tensor x = at::ones({4}).to(device());
  EXPECT_DEATH({ EXPECT_EQ(*x.const_data_ptr<float>(), 1.0F); }, "");
}

TEST_F(SimulatedDeathTest, AStrayWriteByTheHostEndsTheProcess) {
  Tensor x = at::ones({4}).to(device());
  EXPECT_DEATH(*x.mutable_data_ptr<float>() = 2.0F, "");
}

TEST_F(Simulated, RefusesToMixDevices) {
  const Tensor here = at::ones({2, 2}), there = here.to(device());
  EXPECT_THROW(at::mm(here, there), c10::Error);
  EXPECT_THROW(here + there, c10::Error);
  EXPECT_THROW(there.index_select(0, at::tensor({0}, at::kLong)), c10::Error);
}

TEST_F(Simulated, CountsCopiesOfOurOwnAndNotThoseOfItsKernels) {
  const Tensor there = at::ones({2, 2}).to(device());
  const Tensor sum = at::mm(there, there).softmax(-1) + there;
  EXPECT_EQ(simulated_counts().host_to_device, 1);
  EXPECT_EQ(simulated_counts().device_to_host, 0);
  EXPECT_EQ(sum.to(at::kCPU)[0][0].item<float>(), 1.5F);
  EXPECT_EQ(simulated_counts().device_to_host, 1);
  EXPECT_EQ(simulated_counts().items, 0);
  EXPECT_EQ(sum.sum().item<float>(), 6.0F);
  EXPECT_EQ(simulated_counts().items, 1);
  EXPECT_GE(simulated_counts().kernels, 4);
}

TEST_F(Simulated, ComputesWhatTheCpuComputes) {
  const Tensor x = values({3, 8}), w = values({8, 8});
  const auto f = [](const Tensor& a, const Tensor& b) {
    const Tensor heads = at::linear(a, b).reshape({1, 3, 2, 4}).transpose(1, 2);
    return at::scaled_dot_product_attention(heads, heads, heads, {}, 0.0, /*is_causal=*/true)
        .transpose(1, 2)
        .reshape({3, 8});
  };
  EXPECT_TRUE(at::allclose(f(x, w), f(x.to(device()), w.to(device())).to(at::kCPU)));
}

TEST_F(Simulated, DifferentiatesAsTheCpuDoes) {
  const auto gradient = [](const at::Device& on) {
    Tensor w = values({8, 8}).to(on).requires_grad_(true);
    const Tensor x = values({3, 8}).to(on);
    at::log_softmax(at::linear(x, w).index_select(0, at::tensor({2, 0}, at::kLong).to(on)), -1)
        .square()
        .sum()
        .backward();
    return w.grad().to(at::kCPU);
  };
  EXPECT_TRUE(at::allclose(gradient(at::kCPU), gradient(device())));
}

TEST_F(Simulated, WritesThroughViewsAndListsOfTensors) {
  Tensor x = at::zeros({2, 3}).to(device());
  x.narrow(1, 1, 1).fill_(5);
  x.select(0, 0).add_(1);
  EXPECT_TRUE(
      at::equal(x.to(at::kCPU), at::tensor({1, 6, 1, 0, 5, 0}, at::kFloat).reshape({2, 3})));
  const auto stepped = [](const at::Device& on) {
    std::vector<Tensor> p = {at::ones({4}).to(on)}, g = {at::ones({4}).to(on)},
                        m = {at::zeros({4}).to(on)}, v = {at::zeros({4}).to(on)},
                        step = {at::ones({}).to(on)};
    at::_fused_adamw_(p, g, m, v, {}, step, 0.1, 0.9, 0.99, 0.0, 1e-8, false, false);
    return p[0].to(at::kCPU);
  };
  EXPECT_TRUE(at::equal(stepped(at::kCPU), stepped(device())));
}

TEST_F(Simulated, RefusesWhatDoesNotFit) {
  const std::uint64_t before = simulated_bytes();
  simulated_limit_bytes(before + 1000);
  EXPECT_NO_THROW(at::empty({200}, at::TensorOptions(device())));
  EXPECT_THROW(at::empty({300}, at::TensorOptions(device())), c10::OutOfMemoryError);
  simulated_limit_bytes(0);
  EXPECT_EQ(simulated_bytes(), before);
}

}  // namespace
}  // namespace juror
