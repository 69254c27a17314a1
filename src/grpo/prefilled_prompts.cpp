#include "grpo/prefilled_prompts.h"

#include <torch/csrc/autograd/autograd.h>

#include "tensor/mixed_precision.h"
#include "train/distinct_images.h"

namespace juror {
namespace {

std::vector<const ModelInput*> prompts_of(std::span<const Group> groups) {
  std::vector<const ModelInput*> prompts;
  for (const Group& group : groups) {
    for (const ModelInput& prompt : group.prompts) prompts.push_back(&prompt);
  }
  return prompts;
}

/// What completions see of a prompt: its keys and values, and the hidden state that predicts their
/// first token.
template <class Prompt, class Visit>
void visit_seen(Prompt& prefix, Visit visit) {
  for (auto& keys : prefix.keys) visit(keys);
  for (auto& values : prefix.values) visit(values);
  visit(prefix.hidden);
}

}  // namespace

PrefilledPrompts PrefilledPrompts::part(std::size_t begin, std::size_t count) const {
  const std::size_t from = first[begin];
  const std::size_t to = begin + count < first.size() ? first[begin + count] : prefixes.size();
  PrefilledPrompts part;
  part.prefixes.assign(prefixes.begin() + static_cast<std::ptrdiff_t>(from),
                       prefixes.begin() + static_cast<std::ptrdiff_t>(to));
  for (std::size_t g = begin; g < begin + count; ++g) part.first.push_back(first[g] - from);
  return part;
}

std::int64_t PrefilledPrompts::tokens() const {
  std::int64_t tokens = 0;
  for (const Prefix& prefix : prefixes) tokens += prefix.length;
  return tokens;
}

ImageFeatures frozen_features(const Model& model,
                              const std::vector<std::shared_ptr<const PixelImage>>& images,
                              FeatureCache& cache) {
  std::vector<ImageFeatures> features;
  for (const auto& image : images) features.push_back(cache.encode(model, {image}));
  return ImageFeatures::join(features);
}

PrefilledPrompts prefill_groups(const Model& model, std::span<const Group> groups,
                                FeatureCache* frozen_tower, bool bf16) {
  PrefilledPrompts prefilled;
  for (std::size_t first = 0; const Group& group : groups) {
    prefilled.first.push_back(first);
    first += group.prompts.size();
  }
  const std::vector<const ModelInput*> prompts = prompts_of(groups);
  DistinctFeatures images;
  if (frozen_tower) images.features = frozen_features(model, images_of(prompts), *frozen_tower);
  const MixedPrecision precision(bf16, model.device());
  if (!frozen_tower) images = encode_distinct(model, images_of(prompts));
  prefilled.images_encoded = images.encoded;
  prefilled.prefixes = prefill(model, prompts, images.features);
  return prefilled;
}

DetachedPrompts::DetachedPrompts(PrefilledPrompts prefilled)
    : prefilled_(std::move(prefilled)), leaves_(prefilled_) {
  for (Prefix& prefix : leaves_.prefixes) {
    visit_seen(prefix, [](Tensor& x) { x = x.detach().requires_grad_(x.requires_grad()); });
  }
}

void DetachedPrompts::backward() {
  std::vector<Tensor> seen, leaves, roots, gradients;
  for (const Prefix& prefix : prefilled_.prefixes)
    visit_seen(prefix, [&](const Tensor& x) { seen.push_back(x); });
  for (const Prefix& prefix : leaves_.prefixes)
    visit_seen(prefix, [&](const Tensor& x) { leaves.push_back(x); });
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!leaves[i].grad().defined()) continue;
    roots.push_back(seen[i]);
    gradients.push_back(leaves[i].grad());
  }
  if (!roots.empty()) torch::autograd::backward(roots, gradients);
}

}  // namespace juror
