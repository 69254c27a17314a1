#include "engine/prefix.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "base/error.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// Packed causal attention that keeps each prompt's keys and values.
class RecordingAttention : public Attention {
 public:
  RecordingAttention(std::vector<std::int64_t> lengths, std::vector<Prefix>& prefixes)
      : lengths_(std::move(lengths)), prefixes_(prefixes) {}

  Tensor attend(std::size_t, const Tensor& q, const Tensor& k, const Tensor& v) override {
    const auto own = [](const Tensor& rows) {
      return rows.transpose(0, 1).contiguous();
    };  // [H_kv, P, D]
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
      prefixes_[i].keys.push_back(own(k.narrow(0, begin, lengths_[i])));
      prefixes_[i].values.push_back(own(v.narrow(0, begin, lengths_[i])));
      begin += lengths_[i];
    }
    return segment_attention(q, k, v, lengths_, /*is_causal=*/true);
  }

 private:
  std::vector<std::int64_t> lengths_;
  std::vector<Prefix>& prefixes_;
};

/// What of `features` belongs to each prompt.
std::vector<ImageFeatures> split_features(const ImageFeatures& features,
                                          std::span<const ModelInput* const> prompts) {
  std::vector<std::int64_t> lengths;
  for (const ModelInput* prompt : prompts) {
    lengths.push_back(0);
    for (const ImageSpan& span : prompt->spans) lengths.back() += span.length;
  }
  return features.split(lengths);
}

}  // namespace

void require_prompt_fits(const ModelInput& prompt, const TextConfig& config) {
  const auto length = static_cast<std::int64_t>(prompt.token_ids.size());
  require(length > 0, "A prompt without tokens cannot be read.");
  require(length <= config.max_positions,
          "The prompt has {} tokens, and the model reads at most {}: show fewer or smaller images.",
          length, config.max_positions);
}

std::vector<std::shared_ptr<const PixelImage>> images_of(
    std::span<const ModelInput* const> prompts) {
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (const ModelInput* prompt : prompts) {
    for (const ImageSpan& span : prompt->spans) images.push_back(prompt->images.at(span.image));
  }
  return images;
}

std::vector<Prefix> prefill(const Model& model, std::span<const ModelInput* const> prompts,
                            const ImageFeatures& features) {
  if (prompts.empty()) return {};
  std::vector<Prefix> prefixes(prompts.size());
  std::vector<Embedded> embedded;
  std::vector<Tensor> positions;
  std::vector<std::int64_t> lengths, last_rows;
  for (const ModelInput* prompt : prompts) require_prompt_fits(*prompt, model.config().text);
  const std::vector<ImageFeatures> own = split_features(features, prompts);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const Positions placed = model.positions(*prompts[i]);
    embedded.push_back(model.embed(*prompts[i], own[i]));
    positions.push_back(placed.ids);
    lengths.push_back(embedded.back().x.size(0));
    prefixes[i].length = lengths.back();
    prefixes[i].next = placed.next;
    last_rows.push_back((total += lengths.back()) - 1);
  }
  RecordingAttention attention(lengths, prefixes);
  const Tensor hidden = model.hidden(Embedded::pack(embedded), at::cat(positions, 1), attention);
  const Tensor last = hidden.index_select(0, on_device(last_rows, hidden.device()));
  const Tensor logits = model.logits(last.detach()).to(at::kFloat);
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    prefixes[i].hidden = last[static_cast<std::int64_t>(i)];
    prefixes[i].logits = logits[static_cast<std::int64_t>(i)].detach();
  }
  return prefixes;
}

std::vector<Prefix> prefill(const Model& model, std::span<const ModelInput* const> prompts,
                            FeatureCache& cache) {
  const c10::NoGradGuard no_grad;
  return prefill(model, prompts, cache.encode(model, images_of(prompts)));
}

Prefix prefill(const Model& model, const ModelInput& prompt, FeatureCache& features) {
  const ModelInput* prompts[] = {&prompt};
  return prefill(model, prompts, features).front();
}

}  // namespace juror
