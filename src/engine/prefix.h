// A prompt that has been read once: its keys and values, from which any number of completions
// continue.
#pragma once

#include <span>
#include <vector>

#include "engine/feature_cache.h"

namespace juror {

/// A prefilled prompt of P tokens. Immutable and cheap to copy (tensors are shared).
struct Prefix {
  std::vector<Tensor> keys, values;  // a layer each: [H_kv, P, D], keys rotated
  Tensor hidden;            // [C]: last hidden state of the last token, which predicts what follows
  Tensor logits;            // [V] in fp32: what follows the prompt
  std::int64_t length = 0;  // P
  std::int64_t next = 0;    // position of the token that follows, on all three axes
};

/// Reads the prompts in one packed pass. features: of their images in the order of their spans, one
/// prompt after another. Differentiable while gradients
/// are on: a trainer decodes from the same prefixes that it then differentiates. Prompts of equal
/// length that stand side by side are computed fastest. Throws Error for an empty prompt and for
/// one longer than the config's max_positions.
std::vector<Prefix> prefill(const Model& model, std::span<const ModelInput* const> prompts,
                            const ImageFeatures& features);

/// `prefill` without gradients; images that the cache does not know pass the vision tower together.
std::vector<Prefix> prefill(const Model& model, std::span<const ModelInput* const> prompts,
                            FeatureCache& features);

/// `prefill` of one prompt, without gradients.
Prefix prefill(const Model& model, const ModelInput& prompt, FeatureCache& features);

/// Throws Error for an empty prompt and for one longer than the config's max_positions.
void require_prompt_fits(const ModelInput& prompt, const TextConfig& config);

/// The images of all prompts, in the order of their spans: what `features` above are of.
std::vector<std::shared_ptr<const PixelImage>> images_of(
    std::span<const ModelInput* const> prompts);

}  // namespace juror
