// A throw-away head that reads the severity of each defect, and what people would think of the
// picture, from a candidate's image features. It teaches the vision tower to see before there is a
// voice, and keeps it seeing while the voice is trained; it is not part of the model.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "model/layers.h"
#include "tensor/safetensors.h"

namespace juror {

inline constexpr std::int64_t kSeverities = 9;

/// What people think of a photo: mean and standard deviation of their ratings, on a scale of 0 … 1.
struct Opinion {
  float mean = 0;
  std::optional<float> spread;  ///< not every table of ratings tells it
};

/// The tokens of one candidate among the features of a batch, and what is known of it.
struct SeverityTarget {
  std::int64_t begin = 0, length = 0;  ///< rows of the features
  std::array<float, kSeverities> severity{};
  bool has_severity = true;  ///< simulated; of a real photo nobody knows
  std::optional<Opinion> opinion;
};

/// What the head tells of a candidate: severities, logits of presence, mean opinion and its spread.
inline constexpr std::int64_t kHeadOutputs = 2 * kSeverities + 2;

struct SeverityHead {
  Linear in, out;  // [C] -> [M] per token; mean and maximum over tokens [2M] -> [kHeadOutputs]
  Linear taught;   // [C] -> [kTeacherFeatures] per token; undefined without a teacher (teacher.h)

  /// features: [Σ tokens, C], all of them some candidate's, in the order of `targets`. Returns
  /// [candidates, kHeadOutputs].
  Tensor forward(const Tensor& features, std::span<const SeverityTarget> targets) const;
};

/// Brings a head to the device of its model; before its parameters are trained.
void move_head(SeverityHead& head, const at::Device& device);

/// A head for features of `width` channels, weights drawn from `seed`; `taught` only with a number
/// of features of the teacher.
SeverityHead random_severity_head(std::int64_t width, std::uint64_t seed,
                                  std::int64_t teacher_features = 0);
NamedTensors named_parameters(SeverityHead& head);

/// 10 · mean squared error of the severities + 0.3 · binary cross-entropy of presence, over the
/// candidates whose severities are known. Smooth-L1 pulls to "no defect". outputs: [N,
/// kHeadOutputs]. Returns a scalar; 0 where none is known.
Tensor severity_loss(const Tensor& outputs, std::span<const SeverityTarget> targets);

/// Squared error of the mean opinion in units of kOpinionUnit + 0.2 · that of its spread in units
/// of kSpreadUnit, over the candidates with an opinion (with a spread). Returns a scalar; 0 where
/// there is none.
Tensor opinion_loss(const Tensor& outputs, std::span<const SeverityTarget> targets);
inline constexpr double kOpinionUnit = 0.2, kSpreadUnit = 0.05;

}  // namespace juror
