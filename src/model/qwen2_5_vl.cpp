#include "model/qwen2_5_vl.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "tensor/linear.h"

namespace juror {

Tensor Qwen25Vl::encode_images(const std::vector<std::shared_ptr<const PixelImage>>& images) const {
  std::vector<Tensor> patches;
  std::vector<ImageGrid> grids;
  for (const auto& image : images) {
    patches.push_back(image->patches);
    grids.push_back(image->grid);
  }
  return vision.encode(config_.vision, at::cat(patches), grids);
}

Tensor Qwen25Vl::embed(const std::vector<std::int64_t>& token_ids) const {
  for (const std::int64_t id : token_ids) {
    require(id >= 0 && id < config_.text.vocabulary, "Token id {} is outside the model's vocabulary of {} rows.", id,
            config_.text.vocabulary);
  }
  return at::embedding(decoder.embedding, at::tensor(token_ids, at::kLong));
}

Tensor Qwen25Vl::embed(const ModelInput& input, const Tensor& features) const {
  const Tensor text = embed(input.token_ids);
  if (input.spans.empty()) return text;
  std::vector<Tensor> parts;
  std::int64_t done = 0, used = 0;
  const auto take_text = [&](std::int64_t end) {
    if (end > done) parts.push_back(text.narrow(0, done, end - done));
  };
  for (const ImageSpan& span : input.spans) {
    take_text(span.begin);
    parts.push_back(features.narrow(0, used, span.length));
    used += span.length;
    done = span.begin + span.length;
  }
  take_text(text.size(0));
  require(used == features.size(0), "The prompt has places for {} image tokens, and {} features were given.", used,
          features.size(0));
  return at::cat(parts);
}

Tensor Qwen25Vl::logits(const Tensor& hidden) const { return linear_product(hidden, decoder.head); }

void Qwen25Vl::visit(const LayerVisitor& visitor) {
  visit_layers(vision, config_.vision, visitor);
  visit_layers(decoder, config_.text, visitor);
}

void Qwen25Vl::visit_linears(const LinearVisitor& visitor) {
  visit({.linear = visitor, .parameter = [](const std::string&, Tensor&, const std::vector<std::int64_t>&) {}});
}

}  // namespace juror
