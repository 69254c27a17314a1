// AdamW over named parameters, with gradient clipping and a state that can be saved and continued
// bit for bit.
#pragma once

#include <string>
#include <vector>

#include "base/options.h"
#include "tensor/safetensors.h"

namespace juror {

struct AdamWOptions {
  double learning_rate = 1e-3;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.98;
  double adam_epsilon = 1e-8;
  double weight_decay = 0.02;
  double max_grad_norm = 1.0;

  template <class Field>
  void fields(Field&& field) {
    field("learning_rate", learning_rate, "Peak learning rate", Range{0, 10});
    field("adam_beta1", adam_beta1, "Decay of the first moment", Range{0, 1});
    field("adam_beta2", adam_beta2, "Decay of the second moment", Range{0, 1});
    field("adam_epsilon", adam_epsilon, "Added to the root of the second moment", Range{0, 1});
    field("weight_decay", weight_decay, "Decoupled weight decay of matrices; vectors have none",
          Range{0, 10});
    field("max_grad_norm", max_grad_norm, "Gradients are scaled down to this norm; 0: never",
          Range{0, 1e9});
  }
};

/// Trains the parameters that it is given and no others. Parameters must be leaves that require
/// gradients; those in half precision have masters in fp32, which move and are then rounded to
/// them.
class AdamW {
 public:
  AdamW(NamedTensors parameters, const AdamWOptions& options);

  void zero_grad();
  /// Scales the gradients to `max_grad_norm` and returns their norm before that. Parameters without
  /// a gradient count 0.
  double clip_gradients();
  /// One step with learning_rate · factor.
  void step(double factor);

  /// First and second moments and step counts, under "exp_avg.NAME", "exp_avg_sq.NAME",
  /// "step.NAME", and "master.NAME" of parameters in half precision.
  NamedTensors state() const;
  /// Continues from a saved state. Throws Error naming the tensor that is missing or of another
  /// shape.
  void load_state(const SafetensorsFile& file);

 private:
  struct Group {
    std::vector<std::string> names;
    std::vector<Tensor> parameters, exp_avg, exp_avg_sq, steps;
    std::vector<Tensor> masters;  // in fp32; of a parameter in fp32 the parameter itself
    double weight_decay = 0;
  };
  void round_masters();
  std::vector<Group> groups_;
  AdamWOptions options_;
};

}  // namespace juror
