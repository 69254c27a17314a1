#include "model/model.h"

#include <ATen/ATen.h>

#include <numeric>

#include "base/error.h"
#include "tensor/linear.h"
#include "tensor/strip_weight.h"
#include "tensor/transfer.h"

namespace juror {

Positions Model::positions(const ModelInput& input) const {
  Positions positions = mrope_positions(input, config_.vision.merge);
  positions.ids = on_device(positions.ids, device());
  return positions;
}

Tensor Model::text_positions(std::int64_t first, std::int64_t count) const {
  return at::arange(first, first + count, at::device(device()).dtype(at::kLong)).expand({3, count});
}

ImageFeatures Model::encode_images(
    const std::vector<std::shared_ptr<const PixelImage>>& images) const {
  std::vector<Tensor> patches;
  std::vector<ImageGrid> grids;
  for (const auto& image : images) {
    patches.push_back(image->patches);
    grids.push_back(image->grid);
  }
  return vision.encode(config_.vision, on_device(at::cat(patches), device()), grids);
}

Tensor Model::embed(const std::vector<std::int64_t>& token_ids) const {
  for (const std::int64_t id : token_ids) {
    require(id >= 0 && id < config_.text.vocabulary,
            "Token id {} is outside the model's vocabulary of {} rows.", id,
            config_.text.vocabulary);
  }
  const Tensor ids = on_device(token_ids, device());
  return decoder.embedding.defined() ? at::embedding(decoder.embedding, ids)
                                     : rows_of_strips(decoder.head_strips, ids);
}

Embedded Model::embed(const ModelInput& input, const ImageFeatures& features) const {
  const Tensor text = embed(input.token_ids);
  if (input.spans.empty()) return {.x = text, .image_rows = {}, .deep = {}};
  std::vector<std::int64_t> lengths, image_lengths;  // text, image, text, image, …, text
  std::vector<std::int64_t> image_rows;
  std::int64_t done = 0;
  for (const ImageSpan& span : input.spans) {
    for (std::int64_t t = 0; t < span.length && !features.deep.empty(); ++t)
      image_rows.push_back(span.begin + t);
    lengths.insert(lengths.end(), {span.begin - done, span.length});
    image_lengths.push_back(span.length);
    done = span.begin + span.length;
  }
  lengths.push_back(text.size(0) - done);
  const std::int64_t places =
      std::accumulate(image_lengths.begin(), image_lengths.end(), std::int64_t{0});
  const std::int64_t given = features.tokens.defined() ? features.tokens.size(0) : 0;
  require(places == given, "The prompt has places for {} image tokens, and {} features were given.",
          places, given);
  // split, not narrow: the gradient of each narrow would be as large as the whole
  std::vector<Tensor> parts = text.split_with_sizes(lengths);
  const std::vector<Tensor> images = features.tokens.split_with_sizes(image_lengths);
  for (std::size_t i = 0; i < images.size(); ++i) parts[2 * i + 1] = images[i];
  return {.x = at::cat(parts), .image_rows = std::move(image_rows), .deep = features.deep};
}

Tensor Model::logits(const Tensor& hidden) const {
  return decoder.head_strips.defined() ? strip_product(hidden, decoder.head_strips)
                                       : linear_product(hidden, decoder.head);
}

void Model::visit(const LayerVisitor& visitor) {
  visit_layers(vision, config_.vision, visitor);
  visit_layers(decoder, config_.text, visitor);
}

void Model::visit_linears(const LinearVisitor& visitor) {
  visit({.linear = visitor,
         .parameter = [](const std::string&, Tensor&, const std::vector<std::int64_t>&) {}});
}

}  // namespace juror
