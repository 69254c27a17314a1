// The prompts of groups, prefilled once for the rollout, for every loss pass over their
// completions, and for the gradients of all of these.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/prefix.h"
#include "grpo/group.h"
#include "model/model.h"

namespace juror {

/// The prompts of some groups with their keys and values.
struct PrefilledPrompts {
  std::vector<Prefix> prefixes;    ///< of all groups, one group after another
  std::vector<std::size_t> first;  ///< index of each group's first prefix
  /// That passed the tower with gradients (a cache counts its own).
  std::int64_t images_encoded = 0;

  /// Those of `count` groups from `begin` on; nothing is copied but handles.
  PrefilledPrompts part(std::size_t begin, std::size_t count) const;
  std::int64_t tokens() const;  ///< of all prompts
};

/// Features of the images from a tower that is not trained, in fp32 and without
/// gradient. Each passes it by itself: its features are then the same bits in whatever company it
/// is asked for, which a run that was resumed with an empty cache depends on.
ImageFeatures frozen_features(const Model& model,
                              const std::vector<std::shared_ptr<const PixelImage>>& images,
                              FeatureCache& cache);

/// Encodes every image once and prefills every prompt once. `frozen_tower` takes features without
/// gradient from the cache; null: the tower is part of the pass. The prefixes carry gradients while
/// gradients are on. bf16: matrix products in bfloat16, those of a frozen tower apart.
PrefilledPrompts prefill_groups(const Model& model, std::span<const Group> groups,
                                FeatureCache* frozen_tower, bool bf16 = false);

/// Prompts detached from the pass that prefilled them. Loss passes over some of the completions at
/// a time differentiate down to these leaves, and what each keeps for its gradients is free before
/// the next; the gradients that the leaves gathered then go through prompts and images, once.
class DetachedPrompts {
 public:
  explicit DetachedPrompts(PrefilledPrompts prefilled);
  /// The same prompts as leaves, which gather gradients where the prompts carry any.
  const PrefilledPrompts& leaves() const { return leaves_; }
  /// Carries the gathered gradients on to the parameters; once.
  void backward();

 private:
  PrefilledPrompts prefilled_, leaves_;
};

}  // namespace juror
