// What the policy says of completions that were sampled: log-probs, entropies and decision
// probabilities with their gradients. One pass over images, prompts and completions, each once
// however many completions share them; or the naive pass over every completion's whole row, with
// the same numbers, to compare with.
#pragma once

#include <span>
#include <vector>

#include "grpo/group.h"
#include "grpo/prefilled_prompts.h"
#include "model/model.h"

namespace juror {

struct PassOptions {
  double temperature = 1.0;
  bool shared_prefix = true;  ///< false: the naive pass
  bool bf16 = false;          ///< mixed precision: matrix products in bfloat16, all else in fp32
  std::int64_t logit_rows = 256;         ///< rows of the vocabulary projection computed together
  std::vector<std::int64_t> choice_ids;  ///< the tokens "1" and "2"; empty: decisions are not read
};

/// A pass whose results are leaves: a loss is computed from them, differentiated, and `backward`
/// carries the gradients on to the parameters. The vocabulary projection is computed chunk by
/// chunk, so that memory does not grow with tokens · V.
class PolicyPass {
 public:
  /// Reads the completions of the groups behind their `prompts`, which the naive pass does not use:
  /// it reads them again for every completion.
  PolicyPass(const Model& model, std::span<const Group> groups, const PassOptions& options,
             const PrefilledPrompts& prompts);

  // Packed one completion after another, in the order of groups and samples.
  Tensor logps;              ///< [Σ R] at the temperature; a leaf that requires grad
  Tensor entropies;          ///< [Σ R] likewise
  Tensor decision_log_odds;  ///< [M]: of p(first shown), for the samples that have a decision, in
                             ///< order; a leaf, undefined for M = 0

  /// Adds the gradients that `logps`, `entropies` and `decision_log_odds` received to those of the
  /// parameters.
  void backward();
  std::int64_t tokens_computed() const {
    return tokens_computed_;
  }  ///< rows that went through the decoder, prompts apart
  std::int64_t images_encoded() const {
    return images_encoded_;
  }  ///< images that passed the tower: in the naive pass alone

 private:
  void read_shared(std::span<const Group> groups, const PrefilledPrompts& prompts);
  void read_naively(std::span<const Group> groups);
  void project();
  Tensor log_odds(const Tensor& hidden) const;

  const Model& model_;
  PassOptions options_;
  Tensor hidden_;                        // [Σ R, C]: predicts each completion token
  Tensor labels_;                        // [Σ R]
  std::vector<std::int64_t> decisions_;  // rows of hidden_ that decide
  std::int64_t tokens_computed_ = 0, images_encoded_ = 0;
};

/// Log-probs of every completion token of the groups, [Σ R], without gradients: a reference, or a
/// check.
/// `features` knows the images of a tower that stands still, or is null.
Tensor policy_logps(const Model& model, std::span<const Group> groups, const PassOptions& options,
                    FeatureCache* features);

}  // namespace juror
