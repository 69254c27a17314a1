// What the policy says of completions that were sampled: log-probs, entropies and decision
// probabilities with their gradients. One pass over images, prompts and completions, each once
// however many completions share them; or the naive pass over every completion's whole row, with
// the same numbers, to compare with.
#pragma once

#include <vector>

#include "generate/prefix.h"
#include "model/qwen2_5_vl.h"
#include "train/group.h"

namespace juror {

struct PassOptions {
  double temperature = 1.0;
  bool shared_prefix = true;  ///< false: the naive pass
  bool bf16 = false;          ///< mixed precision: matrix products in bfloat16, all else in fp32
  std::int64_t logit_rows = 1024;        ///< rows of the vocabulary projection computed together
  std::vector<std::int64_t> choice_ids;  ///< the tokens "1" and "2"; empty: decisions are not read
};

/// The prompts of some groups, read with gradients on: kept from a rollout for the update that
/// follows it.
struct ReadPrompts {
  std::vector<Prefix> prefixes;    ///< of all groups, one group after another
  std::vector<std::size_t> first;  ///< index of each group's first prefix
  /// That passed the tower with gradients (a cache counts its own).
  std::int64_t images_encoded = 0;
};

/// Features [Σ tokens, C] of the images from a tower that is not trained, in fp32 and without
/// gradient. Each passes it by itself: its features are then the same bits in whatever company it
/// is asked for, which a run that was resumed with an empty cache depends on. Undefined for no
/// image.
Tensor frozen_features(const Qwen25Vl& model,
                       const std::vector<std::shared_ptr<const PixelImage>>& images,
                       FeatureCache& cache);

/// Encodes every image once and reads every prompt once. `frozen_tower` takes features without
/// gradient from the cache. The prefixes carry gradients while gradients are on.
ReadPrompts read_prompts(const Qwen25Vl& model, const std::vector<Group>& groups,
                         FeatureCache* frozen_tower);

/// A pass whose results are leaves: a loss is computed from them, differentiated, and `backward`
/// carries the gradients on to the parameters. The vocabulary projection is computed chunk by
/// chunk, so that memory does not grow with tokens · V.
class PolicyPass {
 public:
  /// Reads the groups (`prompts` already read, or null). `frozen_tower` as above, null if the tower
  /// is trained.
  PolicyPass(const Qwen25Vl& model, const std::vector<Group>& groups, const PassOptions& options,
             const ReadPrompts* prompts, FeatureCache* frozen_tower);

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
  }  ///< rows that went through the decoder
  std::int64_t images_encoded() const {
    return images_encoded_;
  }  ///< images that passed the tower with gradients

 private:
  void read_shared(const std::vector<Group>& groups, const ReadPrompts& prompts);
  void read_naively(const std::vector<Group>& groups);
  void project();
  Tensor log_odds(const Tensor& hidden) const;

  const Qwen25Vl& model_;
  PassOptions options_;
  Tensor hidden_;                        // [Σ R, C]: predicts each completion token
  Tensor labels_;                        // [Σ R]
  std::vector<std::int64_t> decisions_;  // rows of hidden_ that decide
  std::int64_t tokens_computed_ = 0, images_encoded_ = 0;
};

/// Log-probs of every completion token of the groups, [Σ R], without gradients: a reference, or a
/// check.
Tensor policy_logps(const Qwen25Vl& model, const std::vector<Group>& groups,
                    const PassOptions& options, FeatureCache* features);

}  // namespace juror
