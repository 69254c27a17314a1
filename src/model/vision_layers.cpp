// The layers of a vision tower by their Hugging Face names.
#include <string>

#include "model/vision.h"

namespace juror {
namespace {

/// The walk over the parts of a tower; `root` is the name of where it stands.
struct TowerWalk {
  const VisionConfig& config;
  const LayerVisitor& visit;

  void linear(const std::string& name, Linear& linear, std::int64_t out, std::int64_t in) const {
    visit.linear(name, linear, {.out = out, .in = in, .has_bias = true});
  }
  void norm(const std::string& name, Norm& norm, std::int64_t width) const {
    visit.parameter(name + ".weight", norm.weight, {width});
    if (config.traits.norm == NormKind::kLayer) visit.parameter(name + ".bias", norm.bias, {width});
  }
  void mlp(const std::string& at, VisionBlock& block) const {
    const VisionTraits& traits = config.traits;
    if (traits.mlp == MlpKind::kSwiGlu) {
      SwiGlu& mlp = std::get<SwiGlu>(block.mlp);
      linear(at + "mlp.gate_proj", mlp.gate, config.mlp_width, config.width);
      linear(at + "mlp.up_proj", mlp.up, config.mlp_width, config.width);
      linear(at + "mlp.down_proj", mlp.down, config.width, config.mlp_width);
      return;
    }
    if (!std::holds_alternative<GeluMlp>(block.mlp)) block.mlp = GeluMlp{};
    GeluMlp& mlp = std::get<GeluMlp>(block.mlp);
    mlp.is_quick = traits.mlp == MlpKind::kQuickGelu;
    linear(at + traits.mlp_in, mlp.in, config.mlp_width, config.width);
    linear(at + traits.mlp_out, mlp.out, config.width, config.mlp_width);
  }
  void merger(const std::string& at, Merger& merger, std::int64_t norm_width) const {
    const std::int64_t unit = config.merged_patches() * config.width;
    norm(at + config.traits.merger_norm, merger.norm, norm_width);
    linear(at + config.traits.merger_in, merger.in, unit, unit);
    linear(at + config.traits.merger_out, merger.out, config.out_width, unit);
  }
};

}  // namespace

void visit_layers(VisionTower& tower, const VisionConfig& c, const LayerVisitor& visit) {
  const std::string root = "model.visual.";
  const TowerWalk walk{c, visit};
  visit.parameter(root + "patch_embed.proj.weight", tower.patch_embed,
                  {c.width, c.in_channels, c.temporal_patch, c.patch, c.patch});
  if (c.traits.has_patch_bias)
    visit.parameter(root + "patch_embed.proj.bias", tower.patch_bias, {c.width});
  if (c.position_side > 0)
    visit.parameter(root + "pos_embed.weight", tower.positions,
                    {c.position_side * c.position_side, c.width});
  tower.blocks.resize(static_cast<std::size_t>(c.depth));
  for (std::size_t i = 0; i < tower.blocks.size(); ++i) {
    VisionBlock& block = tower.blocks[i];
    const std::string at = root + "blocks." + std::to_string(i) + ".";
    walk.norm(at + "norm1", block.norm1, c.width);
    walk.norm(at + "norm2", block.norm2, c.width);
    walk.linear(at + "attn.qkv", block.qkv, 3 * c.width, c.width);
    walk.linear(at + "attn.proj", block.proj, c.width, c.width);
    walk.mlp(at, block);
  }
  walk.merger(root + "merger.", tower.merger, c.width);
  tower.deep_mergers.resize(c.deep_blocks.size());
  for (std::size_t i = 0; i < tower.deep_mergers.size(); ++i)
    walk.merger(root + "deepstack_merger_list." + std::to_string(i) + ".", tower.deep_mergers[i],
                c.merged_patches() * c.width);
}

}  // namespace juror
