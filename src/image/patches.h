// From a picture to the rows of pixels that the vision tower reads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "image/image.h"
#include "image/smart_resize.h"

namespace juror {

/// What preprocessor_config.json says. `bounds.factor` must be patch × merge. Defaults: Qwen2.5-VL.
struct PatchOptions {
  int patch = 14;
  int merge = 2;
  int temporal = 2;  ///< frames in a row; a still picture is repeated
  PixelBounds bounds;
  std::array<float, 3> mean = {0.48145466F, 0.4578275F, 0.40821073F};
  std::array<float, 3> std = {0.26862954F, 0.26130258F, 0.27577711F};
  double rescale = 1.0 / 255.0;
};

/// Patches in time, down and across.
struct Grid {
  std::int64_t t = 1, h = 0, w = 0;
  std::int64_t patches() const { return t * h * w; }
  bool operator==(const Grid&) const = default;
};

/// values: [grid.patches(), row_length]; row_length = 3 · temporal · patch². Rows go block by block
/// (merge × merge patches that become one token); inside a row: channel, frame, y, x.
struct PatchRows {
  Grid grid;
  std::int64_t row_length = 0;
  std::vector<float> values;
};

/// The grid `patch_rows` will make of a picture of this size, without touching pixels. Throws as
/// `smart_resize`.
Grid patch_grid(Size size, const PatchOptions& options, const std::string& name = {});

/// Tokens the language model sees for a grid: one per merge × merge block.
std::int64_t image_tokens(const Grid& grid, const PatchOptions& options);

/// smart_resize, bicubic resize, rescale, normalise (in fp32) and cut into rows. Throws Error as
/// `smart_resize`, and when the options contradict each other. Source: transformers'
/// Qwen2VLImageProcessor.
PatchRows patch_rows(const Image& image, const PatchOptions& options);

}  // namespace juror
