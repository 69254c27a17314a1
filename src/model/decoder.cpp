#include "model/decoder.h"

#include <ATen/ATen.h>

#include "tensor/recomputed.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// Queries and keys, rotated, and values of a layer. x: [T, C]. Returns [T, H, D], [T, H_kv, D]
/// twice.
std::vector<Tensor> attention_inputs(const DecoderLayer& layer, const TextConfig& config,
                                     const Tensor& x, const RopeTable& rope) {
  const Tensor normed = layer.input_norm(x);
  const auto heads = [&](const Linear& linear) {
    return linear(normed).reshape({x.size(0), -1, config.head_size});
  };
  const auto turned = [&](const Linear& linear, const RmsNorm& norm) {
    return rotate(config.traits.has_qk_norm ? norm(heads(linear)) : heads(linear), rope);
  };
  const Tensor q = turned(layer.q, layer.q_norm), k = turned(layer.k, layer.k_norm);
  return {q, k, heads(layer.v)};
}

/// The rest of a layer. x: [T, C]; attended: [T, H·D]. Returns [T, C].
Tensor behind_attention(const DecoderLayer& layer, const Tensor& x, const Tensor& attended) {
  const Tensor mixed = x + layer.o(attended);
  return mixed + layer.mlp(layer.post_attention_norm(mixed));
}

/// The axis that each frequency follows: 0 time, 1 row, 2 column. [D/2]
std::vector<std::int64_t> rope_axes(const TextConfig& config) {
  std::vector<std::int64_t> axes;
  if (config.traits.is_rope_interleaved) {  // T H W T H W …, and T once an axis has had its number
    for (std::int64_t k = 0; k < config.head_size / 2; ++k) {
      const std::int64_t axis = k % 3;
      axes.push_back(k / 3 < config.mrope_section[static_cast<std::size_t>(axis)] ? axis : 0);
    }
    return axes;
  }
  for (std::size_t axis = 0; axis < 3; ++axis)
    axes.insert(axes.end(), static_cast<std::size_t>(config.mrope_section[axis]),
                static_cast<std::int64_t>(axis));
  return axes;
}

}  // namespace

RopeTable mrope_table(const TextConfig& config, const Tensor& positions) {
  const Tensor exponent =
      at::arange(0, config.head_size, 2, at::kFloat) / static_cast<double>(config.head_size);
  const Tensor frequencies =
      on_device(at::pow(config.rope_theta, exponent).reciprocal(), positions.device());  // [D/2]
  const Tensor chosen =
      positions.index_select(0, on_device(rope_axes(config), positions.device()));  // [D/2, T]
  const Tensor angles = (chosen.to(at::kFloat).t() * frequencies).unsqueeze(1);
  return {.cos = angles.cos(), .sin = angles.sin()};
}

Tensor Decoder::forward(const TextConfig& config, const Embedded& rows, const Tensor& positions,
                        Attention& attention) const {
  Tensor x = rows.x;
  const Tensor image_rows = rows.deep.empty() ? Tensor() : on_device(rows.image_rows, x.device());
  RopeTable rope = mrope_table(config, positions);
  rope = {.cos = rope.cos.to(x.options()), .sin = rope.sin.to(x.options())};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const DecoderLayer& layer = layers[i];
    const auto before = [&layer, &config, rope](const std::vector<Tensor>& in) {
      return attention_inputs(layer, config, in[0], rope);
    };
    const auto behind = [&layer](const std::vector<Tensor>& in) {
      return std::vector<Tensor>{behind_attention(layer, in[0], in[1])};
    };
    const std::vector<Tensor> qkv = recomputes ? recomputed(before, {x}) : before({x});
    const Tensor attended = attention.attend(i, qkv[0], qkv[1], qkv[2]);
    x = (recomputes ? recomputed(behind, {x, attended}) : behind({x, attended})).front();
    if (i < rows.deep.size()) x = x.index_add(0, image_rows, rows.deep[i].to(x.scalar_type()));
  }
  return norm(x);
}

void visit_layers(Decoder& decoder, const TextConfig& c, const LayerVisitor& visit) {
  const std::string root = "model.language_model.";
  const std::int64_t q_width = c.heads * c.head_size, kv_width = c.kv_heads * c.head_size;
  const bool is_laid_out = decoder.head_strips.defined();
  if (!is_laid_out || !c.tied_head)
    visit.parameter(root + "embed_tokens.weight", decoder.embedding, {c.vocabulary, c.width});
  decoder.layers.resize(static_cast<std::size_t>(c.layers));
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    DecoderLayer& layer = decoder.layers[i];
    const std::string at = root + "layers." + std::to_string(i) + ".";
    const bool has_bias = c.traits.has_qkv_bias;
    visit.linear(at + "self_attn.q_proj", layer.q,
                 {.out = q_width, .in = c.width, .has_bias = has_bias});
    visit.linear(at + "self_attn.k_proj", layer.k,
                 {.out = kv_width, .in = c.width, .has_bias = has_bias});
    visit.linear(at + "self_attn.v_proj", layer.v,
                 {.out = kv_width, .in = c.width, .has_bias = has_bias});
    visit.linear(at + "self_attn.o_proj", layer.o, {.out = c.width, .in = q_width});
    visit.linear(at + "mlp.gate_proj", layer.mlp.gate, {.out = c.mlp_width, .in = c.width});
    visit.linear(at + "mlp.up_proj", layer.mlp.up, {.out = c.mlp_width, .in = c.width});
    visit.linear(at + "mlp.down_proj", layer.mlp.down, {.out = c.width, .in = c.mlp_width});
    if (c.traits.has_qk_norm) {
      visit.parameter(at + "self_attn.q_norm.weight", layer.q_norm.weight, {c.head_size});
      visit.parameter(at + "self_attn.k_norm.weight", layer.k_norm.weight, {c.head_size});
      layer.q_norm.eps = layer.k_norm.eps = c.norm_eps;
    }
    visit.parameter(at + "input_layernorm.weight", layer.input_norm.weight, {c.width});
    visit.parameter(at + "post_attention_layernorm.weight", layer.post_attention_norm.weight,
                    {c.width});
    layer.input_norm.eps = layer.post_attention_norm.eps = c.norm_eps;
  }
  visit.parameter(root + "norm.weight", decoder.norm.weight, {c.width});
  decoder.norm.eps = c.norm_eps;
  if (c.tied_head) {
    decoder.head = decoder.embedding;
  } else if (!is_laid_out) {
    visit.parameter("lm_head.weight", decoder.head, {c.vocabulary, c.width});
  }
}

}  // namespace juror
