// The language model: a decoder with grouped-query attention and mRoPE. It knows nothing of caches:
// how rows attend to each other is the business of the `Attention` that it is handed.
#pragma once

#include <vector>

#include "model/config.h"
#include "model/features.h"
#include "model/layers.h"

namespace juror {

/// How the rows of one forward pass attend. Two worlds implement it: packed sequences (training,
/// prefill) and rows that continue cached prefixes (decode, scoring).
class Attention {
 public:
  virtual ~Attention() = default;
  /// q: [T, H, D]; k, v: [T, H_kv, D], rotated. Returns [T, H·D].
  virtual Tensor attend(std::size_t layer, const Tensor& q, const Tensor& k, const Tensor& v) = 0;
};

/// Sequences packed one after another, each causal on itself.
class SegmentAttention : public Attention {
 public:
  explicit SegmentAttention(std::vector<std::int64_t> lengths) : lengths_(std::move(lengths)) {}
  Tensor attend(std::size_t, const Tensor& q, const Tensor& k, const Tensor& v) override {
    return segment_attention(q, k, v, lengths_, /*is_causal=*/true);
  }

 private:
  std::vector<std::int64_t> lengths_;
};

struct DecoderLayer {
  RmsNorm input_norm, post_attention_norm;
  Linear q, k, v, o;       // biases on q, k and v, where the family has them
  RmsNorm q_norm, k_norm;  // of every head, [D]; undefined where the family has none
  SwiGlu mlp;
};

struct Decoder {
  Tensor embedding;  // [V, C], or undefined where it is the head, which is laid out
  std::vector<DecoderLayer> layers;
  RmsNorm norm;
  Tensor head;         // [V, C]; the same tensor as `embedding` when tied; undefined where laid out
  Tensor head_strips;  // to judge and no more: tensor/strip_weight.h
  bool recomputes = false;  ///< see Model::recompute_layers

  /// positions: [3, T]. Returns the normalised last hidden states [T, C].
  Tensor forward(const TextConfig& config, const Embedded& rows, const Tensor& positions,
                 Attention& attention) const;
};

/// Rotation angles by mRoPE: frequency k follows the axis (time, row, column) that mrope_section
/// gives it, run by run or interleaved. positions: [3, T]. Returns tables [T, 1, D/2] in fp32.
RopeTable mrope_table(const TextConfig& config, const Tensor& positions);

/// Walks over all layers under their Hugging Face names ("model.language_model.…", "lm_head.weight"
/// unless tied). A head that is laid out is none of them.
void visit_layers(Decoder& decoder, const TextConfig& config, const LayerVisitor& visit);

}  // namespace juror
