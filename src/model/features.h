// What a vision tower tells of images, and the decoder's input that it becomes. Plain tensors.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace juror {

/// Features of some images, one image after another.
struct ImageFeatures {
  Tensor tokens;             // [Σ tokens, C]: what stands in for the images' tokens; undefined for
                             // no image
  std::vector<Tensor> deep;  // [Σ tokens, C] each: deep[i] is added to the images' rows behind
                             // decoder layer i (DeepStack). Empty where the family has none

  std::uint64_t bytes() const;
  /// Parts of `lengths` tokens each, which sum to Σ tokens. A length may be 0.
  std::vector<ImageFeatures> split(const std::vector<std::int64_t>& lengths) const;
  /// Parts one after another; those of no image take no part.
  static ImageFeatures join(const std::vector<ImageFeatures>& parts);
};

/// Rows that the decoder reads.
struct Embedded {
  Tensor x;                              // [T, C]
  std::vector<std::int64_t> image_rows;  // rows of x that stand for images; empty without `deep`
  std::vector<Tensor> deep;              // [image_rows, C] each, as in ImageFeatures

  /// Sequences packed one after another.
  static Embedded pack(const std::vector<Embedded>& parts);
};

}  // namespace juror
