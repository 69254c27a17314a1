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
  const Tensor tokens = at::gelu(in(features.to(in.weight.scalar_type())));
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

SeverityHead random_severity_head(std::int64_t width, std::uint64_t seed,
                                  std::int64_t teacher_features) {
  SeverityHead head{.in = random_linear(kHiddenWidth, width, Random{seed, 0x5E7E}),
                    .out = random_linear(kHeadOutputs, 2 * kHiddenWidth, Random{seed, 0x5E7F}),
                    .taught = {}};
  // Opinions begin in the middle of the scale, whatever the features.
  head.out.weight.narrow(0, 2 * kSeverities, 2).zero_();
  head.out.bias[kHeadOutputs - 2] = 0.5;
  head.out.bias[kHeadOutputs - 1] = 0.2;
  if (teacher_features > 0)
    head.taught = random_linear(teacher_features, width, Random{seed, 0x5E80});
  return head;
}

void move_head(SeverityHead& head, const at::Device& device) {
  for (Linear* linear : {&head.in, &head.out, &head.taught}) {
    if (!linear->weight.defined()) continue;
    linear->weight = linear->weight.to(device);
    linear->bias = linear->bias.to(device);
  }
}

NamedTensors named_parameters(SeverityHead& head) {
  NamedTensors named = {{"severity_head.in.weight", head.in.weight},
                        {"severity_head.in.bias", head.in.bias},
                        {"severity_head.out.weight", head.out.weight},
                        {"severity_head.out.bias", head.out.bias}};
  if (head.taught.weight.defined()) {
    named.emplace_back("severity_head.taught.weight", head.taught.weight);
    named.emplace_back("severity_head.taught.bias", head.taught.bias);
  }
  return named;
}

Tensor severity_loss(const Tensor& outputs, std::span<const SeverityTarget> targets) {
  std::vector<std::int64_t> known;
  std::vector<float> values;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].has_severity) continue;
    known.push_back(static_cast<std::int64_t>(i));
    values.insert(values.end(), targets[i].severity.begin(), targets[i].severity.end());
  }
  if (known.empty()) return at::zeros({}, outputs.options());
  const Tensor rows = outputs.index_select(0, on_device(known, outputs.device()));
  const Tensor truth =
      on_device(at::tensor(values, at::kFloat).reshape({-1, kSeverities}), outputs.device());
  const Tensor severities = rows.narrow(1, 0, kSeverities),
               presence = rows.narrow(1, kSeverities, kSeverities);
  return 10.0 * at::mse_loss(severities, truth) +
         0.3 * at::binary_cross_entropy_with_logits(presence, (truth > 0).to(at::kFloat));
}

namespace {

/// Mean squared difference, in units, between a column of the outputs and the values told for some
/// rows.
Tensor column_loss(const Tensor& outputs, std::int64_t column,
                   const std::vector<std::int64_t>& rows, const std::vector<float>& told,
                   double unit) {
  if (rows.empty()) return at::zeros({}, outputs.options());
  const Tensor said = outputs.select(1, column).index_select(0, on_device(rows, outputs.device()));
  const Tensor truth = on_device(at::tensor(told, at::kFloat), outputs.device());
  return at::mse_loss(said, truth) / (unit * unit);
}

}  // namespace

Tensor opinion_loss(const Tensor& outputs, std::span<const SeverityTarget> targets) {
  std::vector<std::int64_t> rated, spread_rows;
  std::vector<float> means, spreads;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].opinion) continue;
    rated.push_back(static_cast<std::int64_t>(i));
    means.push_back(targets[i].opinion->mean);
    if (!targets[i].opinion->spread) continue;
    spread_rows.push_back(static_cast<std::int64_t>(i));
    spreads.push_back(*targets[i].opinion->spread);
  }
  return column_loss(outputs, kHeadOutputs - 2, rated, means, kOpinionUnit) +
         0.2 * column_loss(outputs, kHeadOutputs - 1, spread_rows, spreads, kSpreadUnit);
}

}  // namespace juror
