#include "engine/prompt_pieces.h"

#include <ATen/ATen.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

namespace juror {
namespace {

constexpr std::int64_t kBlock =
    128;  // queries that attend together: the mask is as long as all keys

/// What the last `count` tokens of `seen` see of them all, for each of `share` query heads: [share
/// · count, seen], 0 or -inf.
Tensor visibility(std::int64_t share, std::int64_t count, std::int64_t seen, const Tensor& like) {
  return at::full({count, seen}, -std::numeric_limits<float>::infinity(), like.options())
      .triu(seen - count + 1)
      .repeat({share, 1});
}

/// Queries of the last tokens attend to all keys before them. q: [count, H, D]; keys, values:
/// [H_kv, seen, D]. Query heads that share a key head stand one behind the other as queries.
Tensor attend_block(const Tensor& q, const Tensor& keys, const Tensor& values) {
  const std::int64_t count = q.size(0), kv_heads = keys.size(0), share = q.size(1) / kv_heads,
                     size = q.size(2);
  const Tensor queries = q.reshape({count, kv_heads, share, size})
                             .permute({1, 2, 0, 3})
                             .reshape({1, kv_heads, share * count, size});
  const Tensor out = at::scaled_dot_product_attention(
      queries, keys.unsqueeze(0), values.unsqueeze(0), visibility(share, count, keys.size(1), q));
  return out.reshape({kv_heads, share, count, size})
      .permute({2, 0, 1, 3})
      .reshape({count, kv_heads * share * size});
}

/// Writes a piece's keys and values behind those of the pieces before it, and attends to all.
class PieceAttention : public Attention {
 public:
  explicit PieceAttention(PartialPrefix& partial) : partial_(partial) {}

  Tensor attend(std::size_t layer, const Tensor& q, const Tensor& k, const Tensor& v) override {
    const Tensor keys = write(partial_.prefix.keys, layer, k),
                 values = write(partial_.prefix.values, layer, v);
    if (partial_.done == 0) return segment_attention(q, k, v, {q.size(0)}, /*is_causal=*/true);
    std::vector<Tensor> parts;
    for (std::int64_t begin = 0; begin < q.size(0); begin += kBlock) {
      const std::int64_t count = std::min(kBlock, q.size(0) - begin),
                         seen = partial_.done + begin + count;
      parts.push_back(attend_block(q.narrow(0, begin, count), keys.narrow(1, 0, seen),
                                   values.narrow(1, 0, seen)));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
  }

 private:
  /// rows: [T, H_kv, D] of the piece. Returns the layer's whole buffer [H_kv, P, D].
  Tensor write(std::vector<Tensor>& layers, std::size_t layer, const Tensor& rows) {
    if (layers.size() <= layer)
      layers.push_back(at::empty({rows.size(1), partial_.length(), rows.size(2)}, rows.options()));
    layers[layer].narrow(1, partial_.done, rows.size(0)).copy_(rows.transpose(0, 1));
    return layers[layer];
  }

  PartialPrefix& partial_;
};

/// What of the images' features stands in the piece. The piece begins with token `begin` of the
/// prompt.
ImageFeatures clipped(const ImageFeatures& features, const ModelInput& prompt,
                      const ModelInput& piece, std::int64_t begin) {
  std::vector<std::int64_t> lengths;  // before the clipped span, inside, behind; for each image
  for (const ImageSpan& span : piece.spans) {
    const auto whole = std::find_if(prompt.spans.begin(), prompt.spans.end(),
                                    [&](const ImageSpan& s) { return s.image == span.image; });
    const std::int64_t before = begin + span.begin - whole->begin;
    lengths.insert(lengths.end(), {before, span.length, whole->length - before - span.length});
  }
  const std::vector<ImageFeatures> parts = features.split(lengths);
  std::vector<ImageFeatures> inside;
  for (std::size_t i = 1; i < parts.size(); i += 3) inside.push_back(parts[i]);
  return ImageFeatures::join(inside);
}

}  // namespace

ModelInput next_piece(const PartialPrefix& partial, std::int64_t count) {
  const ModelInput& prompt = *partial.prompt;
  const std::int64_t begin = partial.done, end = begin + count;
  ModelInput piece;
  piece.token_ids.assign(prompt.token_ids.begin() + begin, prompt.token_ids.begin() + end);
  piece.images = prompt.images;
  for (const ImageSpan& span : prompt.spans) {
    const std::int64_t from = std::max(span.begin, begin),
                       to = std::min(span.begin + span.length, end);
    if (from < to)
      piece.spans.push_back({.begin = from - begin, .length = to - from, .image = span.image});
  }
  return piece;
}

void prefill_piece(const Model& model, PartialPrefix& partial, const ModelInput& piece,
                   const ImageFeatures& features) {
  const c10::NoGradGuard no_grad;
  if (partial.done == 0) {
    const Positions placed = model.positions(*partial.prompt);
    partial.positions = placed.ids;
    partial.prefix.length = partial.length();
    partial.prefix.next = placed.next;
  }
  const auto count = static_cast<std::int64_t>(piece.token_ids.size());
  const Embedded rows = model.embed(piece, clipped(features, *partial.prompt, piece, partial.done));
  PieceAttention attention(partial);
  const Tensor hidden =
      model.hidden(rows, partial.positions.narrow(1, partial.done, count), attention);
  partial.done += count;
  if (partial.left() > 0) return;
  partial.prefix.hidden = hidden[count - 1].clone();
  partial.prefix.logits =
      model.logits(partial.prefix.hidden.unsqueeze(0)).to(at::kFloat).squeeze(0);
}

}  // namespace juror
