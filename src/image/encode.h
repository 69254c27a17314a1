// RGB8 to JPEG and PNG bytes; for synthetic data (real JPEG round trips), reports and tests.
#pragma once

#include <string>

#include "image/image.h"

namespace juror {

/// How coarsely JPEG stores colour: 4:4:4 all of it, 4:2:2 half, 4:2:0 a quarter.
enum class ChromaSubsampling { k444, k422, k420 };

/// Baseline JPEG with optimised Huffman tables. quality: 1 … 100. The image must not be empty
/// (Error).
std::string encode_jpeg(const Image& image, int quality,
                        ChromaSubsampling subsampling = ChromaSubsampling::k420);

/// 8-bit RGB PNG without ancillary chunks. The image must not be empty (Error).
std::string encode_png(const Image& image);

}  // namespace juror
