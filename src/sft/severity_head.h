// A throw-away head that reads the severity of each defect from a candidate's image features. It
// teaches the vision tower to see before there is a voice, and keeps it seeing while the voice is
// trained; it is not part of the model.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "model/layers.h"
#include "tensor/safetensors.h"

namespace juror {

inline constexpr std::int64_t kSeverities = 9;

/// The tokens of one candidate among the features of a batch, and the truth about it.
struct SeverityTarget {
  std::int64_t begin = 0, length = 0;  ///< rows of the features
  std::array<float, kSeverities> severity{};
};

struct SeverityHead {
  Linear in, out;  // [C] -> [M] per token; mean and maximum over tokens [2M] -> [2 * kSeverities]

  /// features: [Σ tokens, C], all of them some candidate's, in the order of `targets`. Returns
  /// [candidates, 2 * kSeverities]: severities, then logits of presence.
  Tensor forward(const Tensor& features, std::span<const SeverityTarget> targets) const;
};

/// Brings a head to the device of its model; before its parameters are trained.
void move_head(SeverityHead& head, const at::Device& device);

/// A head for features of `width` channels, weights drawn from `seed`.
SeverityHead random_severity_head(std::int64_t width, std::uint64_t seed);
NamedTensors named_parameters(SeverityHead& head);

/// 10 · mean squared error of the severities + 0.3 · binary cross-entropy of presence. Smooth-L1
/// pulls to "no defect". outputs: [N, 2 * kSeverities]. Returns a scalar.
Tensor severity_loss(const Tensor& outputs, std::span<const SeverityTarget> targets);

}  // namespace juror
