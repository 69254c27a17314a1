// A vision-language model of any known family (model/family.h): vision tower and decoder put
// together. Tensors in, tensors out; no files, no state between calls.
#pragma once

#include <vector>

#include "model/config.h"
#include "model/decoder.h"
#include "model/features.h"
#include "model/input.h"
#include "model/names.h"
#include "model/vision.h"

namespace juror {

class Model {
 public:
  explicit Model(ModelConfig config) : config_(std::move(config)) {}

  const ModelConfig& config() const { return config_; }
  at::ScalarType dtype() const { return decoder.norm.weight.scalar_type(); }
  /// Where the parameters are, and every tensor that the model makes.
  at::Device device() const { return decoder.norm.weight.device(); }

  /// Positions of a prompt, image by image and token by token. Throws Error if spans and grids
  /// disagree.
  Positions positions(const ModelInput& input) const;
  /// Positions of `count` text tokens that begin at `first`. Returns [3, count].
  Tensor text_positions(std::int64_t first, std::int64_t count) const;

  /// Features of the images, one after another (of at least one). One pass over all of them.
  ImageFeatures encode_images(const std::vector<std::shared_ptr<const PixelImage>>& images) const;

  /// Embeddings of a prompt with image features written into their spans, T rows. features: in the
  /// order of the spans.
  Embedded embed(const ModelInput& input, const ImageFeatures& features) const;

  /// Embeddings of plain tokens. Returns [T, C].
  Tensor embed(const std::vector<std::int64_t>& token_ids) const;

  /// positions: [3, T]. Returns last hidden states [T, C].
  Tensor hidden(const Embedded& rows, const Tensor& positions, Attention& attention) const {
    return decoder.forward(config_.text, rows, positions, attention);
  }
  /// Of rows without images. x: [T, C].
  Tensor hidden(const Tensor& x, const Tensor& positions, Attention& attention) const {
    return hidden(Embedded{.x = x, .image_rows = {}, .deep = {}}, positions, attention);
  }

  /// hidden: [N, C]. Returns logits [N, V] in the compute dtype.
  Tensor logits(const Tensor& hidden) const;

  /// Walks over all layers, the vision tower's first. Adapters are no parameters of their own: see
  /// model/lora.h.
  void visit(const LayerVisitor& visitor);
  /// Lists every linear layer once, in the order of `visit`.
  void visit_linears(const LinearVisitor& visitor);
  /// Lists every parameter once, under its Hugging Face name.
  void visit(const ParameterVisitor& visitor) { visit(by_parameter(visitor)); }

  /// Whether the backward pass computes the layers again instead of keeping what is inside: of each
  /// layer its input and what attention takes and gives are kept. Slower, with less memory
  /// (docs/results/speed.md).
  void recompute_layers(bool is_on) { vision.recomputes = decoder.recomputes = is_on; }

  VisionTower vision;
  Decoder decoder;
  /// Of the checkpoint that was loaded; `save_model` keeps to it.
  NameScheme names = NameScheme::kHub;

 private:
  ModelConfig config_;
};

}  // namespace juror
