// What a model reads: token ids, the images that stand among them, and positions. Pure data;
// `judge` builds it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tensor/tensor.h"

namespace juror {

/// Patches of one image: frames, rows, columns. The language model sees t·h·w / merge² tokens.
struct ImageGrid {
  std::int64_t t = 1, h = 0, w = 0;
  std::int64_t patches() const { return t * h * w; }
  bool operator==(const ImageGrid&) const = default;
};

/// One image ready for the vision tower. `key` names its content: equal keys may share encoded
/// features.
struct PixelImage {
  Tensor patches;  // [P, row], fp32
  ImageGrid grid;
  std::uint64_t key = 0;
};

/// Where the tokens of an image stand in the row of ids.
struct ImageSpan {
  std::int64_t begin = 0;
  std::int64_t length = 0;
  std::size_t image = 0;  ///< index into ModelInput::images
};

/// One prompt. Spans are recorded when the prompt is built, never found by id afterwards.
struct ModelInput {
  std::vector<std::int64_t> token_ids;                    // [T]
  std::vector<ImageSpan> spans;                           // ascending, one an image
  std::vector<std::shared_ptr<const PixelImage>> images;  // in the order of the spans
};

/// mRoPE positions of a row of tokens. `next` is the position of the token that would follow, on
/// all three axes.
struct Positions {
  Tensor ids;  // [3, T], int64: time, row, column
  std::int64_t next = 0;
};

/// Text advances all three axes together; an image holds time still while rows and columns count
/// over its merged grid, and what follows continues behind the largest of the three. Throws Error
/// if spans and grids disagree. Source: get_rope_index of transformers' qwen2_5_vl.
Positions mrope_positions(const ModelInput& input, std::int64_t merge);

/// Positions of `count` text tokens that begin at `first`. Returns [3, count].
Tensor text_positions(std::int64_t first, std::int64_t count);

}  // namespace juror
