// Turning and mirroring a picture as its Exif orientation asks.
#pragma once

#include "image/image.h"

namespace juror {

/// The upright picture of one stored with Exif orientation 1 … 8; any other number means 1.
Image upright(Image stored, int orientation);

}  // namespace juror
