#include "sft/severity_head.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/random.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

constexpr std::int64_t kHiddenWidth = 128;

Linear random_linear(std::int64_t out, std::int64_t in, Random random) {
  Linear linear{.weight = at::empty({out, in}, at::kFloat), .bias = at::zeros({out}, at::kFloat)};
  float* values = linear.weight.data_ptr<float>();
  const double deviation = 1.0 / std::sqrt(static_cast<double>(in));
  for (std::int64_t i = 0; i < out * in; ++i)
    values[i] = static_cast<float>(deviation * random.normal());
  return linear;
}

}  // namespace

Tensor SeverityHead::forward(const Tensor& features,
                             std::span<const SeverityTarget> targets) const {
  const Tensor tokens = at::gelu(in(features));
  std::vector<std::int64_t> lengths;
  std::int64_t row = 0;
  for (const SeverityTarget& target : targets) {
    require(target.begin == row, "The severity head was given a candidate at row {} instead of {}.",
            target.begin, row);
    lengths.push_back(target.length);
    row += target.length;
  }
  std::vector<Tensor> pooled;
  for (const Tensor& own :
       tokens.split_with_sizes(lengths)) {  // not narrow, whose gradient is as large as the whole
    pooled.push_back(at::cat({own.mean(0), std::get<0>(own.max(0))}));
  }
  return out(at::stack(pooled));
}

SeverityHead random_severity_head(std::int64_t width, std::uint64_t seed) {
  return {.in = random_linear(kHiddenWidth, width, Random{seed, 0x5E7E}),
          .out = random_linear(2 * kSeverities, 2 * kHiddenWidth, Random{seed, 0x5E7F})};
}

void move_head(SeverityHead& head, const at::Device& device) {
  for (Linear* linear : {&head.in, &head.out}) {
    linear->weight = linear->weight.to(device);
    linear->bias = linear->bias.to(device);
  }
}

NamedTensors named_parameters(SeverityHead& head) {
  return {{"severity_head.in.weight", head.in.weight},
          {"severity_head.in.bias", head.in.bias},
          {"severity_head.out.weight", head.out.weight},
          {"severity_head.out.bias", head.out.bias}};
}

Tensor severity_loss(const Tensor& outputs, std::span<const SeverityTarget> targets) {
  const Tensor told = at::empty({outputs.size(0), kSeverities}, at::kFloat);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::copy(targets[i].severity.begin(), targets[i].severity.end(),
              told.data_ptr<float>() + static_cast<std::int64_t>(i) * kSeverities);
  }
  const Tensor truth = on_device(told, outputs.device());
  const Tensor severities = outputs.narrow(1, 0, kSeverities),
               presence = outputs.narrow(1, kSeverities, kSeverities);
  return 10.0 * at::mse_loss(severities, truth) +
         0.3 * at::binary_cross_entropy_with_logits(presence, (truth > 0).to(at::kFloat));
}

}  // namespace juror
