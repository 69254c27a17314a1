#include "model/decoder.h"

#include <ATen/ATen.h>

namespace juror {
namespace {

Tensor layer_forward(const DecoderLayer& layer, const TextConfig& config, std::size_t index, const Tensor& x,
                     const RopeTable& rope, Attention& attention) {
  const Tensor normed = layer.input_norm(x);
  const auto heads = [&](const Linear& linear) { return linear(normed).reshape({x.size(0), -1, config.head_size}); };
  const Tensor q = rotate(heads(layer.q), rope);
  const Tensor k = rotate(heads(layer.k), rope);
  const Tensor mixed = x + layer.o(attention.attend(index, q, k, heads(layer.v)));
  return mixed + layer.mlp(layer.post_attention_norm(mixed));
}

}  // namespace

RopeTable mrope_table(const TextConfig& config, const Tensor& positions) {
  std::vector<std::int64_t> axis;
  for (std::int64_t a = 0; a < 3; ++a) axis.insert(axis.end(), static_cast<std::size_t>(config.mrope_section[static_cast<std::size_t>(a)]), a);
  const Tensor exponent = at::arange(0, config.head_size, 2, at::kFloat) / static_cast<double>(config.head_size);
  const Tensor frequencies = at::pow(config.rope_theta, exponent).reciprocal();            // [D/2]
  const Tensor chosen = positions.to(at::kCPU).index_select(0, at::tensor(axis, at::kLong));  // [D/2, T]
  const Tensor angles = (chosen.to(at::kFloat).t() * frequencies).unsqueeze(1).to(positions.device());
  return {.cos = angles.cos(), .sin = angles.sin()};
}

Tensor Decoder::forward(const TextConfig& config, Tensor x, const Tensor& positions, Attention& attention) const {
  RopeTable rope = mrope_table(config, positions);
  rope = {.cos = rope.cos.to(x.options()), .sin = rope.sin.to(x.options())};
  for (std::size_t i = 0; i < layers.size(); ++i) x = layer_forward(layers[i], config, i, x, rope, attention);
  return norm(x);
}

void visit_parameters(Decoder& decoder, const TextConfig& c, const ParameterVisitor& visit) {
  const std::string root = "model.language_model.";
  const std::int64_t q_width = c.heads * c.head_size, kv_width = c.kv_heads * c.head_size;
  visit(root + "embed_tokens.weight", decoder.embedding, {c.vocabulary, c.width});
  decoder.layers.resize(static_cast<std::size_t>(c.layers));
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    DecoderLayer& layer = decoder.layers[i];
    const std::string at = root + "layers." + std::to_string(i) + ".";
    const auto visit_projection = [&](const std::string& name, Linear& linear, std::int64_t out) {
      visit(at + "self_attn." + name + ".weight", linear.weight, {out, c.width});
      visit(at + "self_attn." + name + ".bias", linear.bias, {out});
    };
    visit_projection("q_proj", layer.q, q_width);
    visit_projection("k_proj", layer.k, kv_width);
    visit_projection("v_proj", layer.v, kv_width);
    visit(at + "self_attn.o_proj.weight", layer.o.weight, {c.width, q_width});
    visit(at + "mlp.gate_proj.weight", layer.mlp.gate.weight, {c.mlp_width, c.width});
    visit(at + "mlp.up_proj.weight", layer.mlp.up.weight, {c.mlp_width, c.width});
    visit(at + "mlp.down_proj.weight", layer.mlp.down.weight, {c.width, c.mlp_width});
    visit(at + "input_layernorm.weight", layer.input_norm.weight, {c.width});
    visit(at + "post_attention_layernorm.weight", layer.post_attention_norm.weight, {c.width});
    layer.input_norm.eps = layer.post_attention_norm.eps = c.norm_eps;
  }
  visit(root + "norm.weight", decoder.norm.weight, {c.width});
  decoder.norm.eps = c.norm_eps;
  if (c.tied_head) {
    decoder.head = decoder.embedding;
  } else {
    visit("lm_head.weight", decoder.head, {c.vocabulary, c.width});
  }
}

}  // namespace juror
