// EfficientNet-Lite0, trained on ImageNet by other people, as a teacher of the vision tower: what
// it sees in each part of a picture is asked of the tower's token for that part. It sees what
// photos show; a tower taught by a few hundred photos alone does not. Not part of the model.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "model/input.h"
#include "tensor/safetensors.h"

namespace juror {

/// Features of a picture's tokens: the last block's, and the mean and spread of two earlier ones,
/// which see more of the pixels.
inline constexpr std::int64_t kTeacherFeatures = 320 + 2 * 112 + 2 * 40;

/// The network with its normalisation folded into the convolutions.
/// Source: github.com/tensorflow/tpu, efficientnet/lite; weights by scripts/teacher (Apache-2.0).
class Teacher {
 public:
  /// Reads the weights (safetensors, fp32) to `device`. Throws Error naming file and tensor.
  Teacher(const std::filesystem::path& file, const at::Device& device);

  /// pixels: [B, 3, H, W] in -1 … 1, H and W multiples of 32. Returns [B, kTeacherFeatures, H / 32,
  /// W / 32].
  Tensor features(const Tensor& pixels) const;

  /// What the teacher sees in the parts of each image that become its tokens; patches of 14 pixels,
  /// merged 2 x 2, normalised with mean 0.5 and deviation 0.25 as mini's are (sft/mini_model.h).
  /// Returns [tokens, kTeacherFeatures] in the order of the images, each feature less its mean and
  /// in units of its deviation over the images that were measured. fp32, without gradients.
  Tensor tokens(std::span<const std::shared_ptr<const PixelImage>> images) const;

  /// Measures mean and deviation of each feature over these images.
  void measure(std::span<const std::shared_ptr<const PixelImage>> images);

 private:
  Tensor raw_tokens(std::span<const std::shared_ptr<const PixelImage>> images) const;

  struct Convolution {
    Tensor weight, bias;  // [out, in / groups, k, k], [out]
  };
  struct Block {
    Convolution expand, depthwise, project;  ///< the first block has no expand
    std::int64_t stride = 1;
  };
  Convolution stem_;
  std::vector<Block> blocks_;
  at::Device device_;
  Tensor mean_, deviation_;  // [kTeacherFeatures]
};

}  // namespace juror
