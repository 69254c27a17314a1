// The same defects as `degrade` knows, as phones and messengers make them: at the size of the
// source, before the picture is shrunk to the size in which it is shown; in a part of the picture;
// with a camera's own filters around them. What a severity means for the shown picture is as in
// recipe.h, for a picture of kPlainSize pixels; a length grows with the root of the shown size.
#pragma once

#include "image/image.h"
#include "synth/defects.h"

namespace juror {

/// The size at which a camera's defect is as large in pixels as a plain one.
inline constexpr double kPlainSize = 224;

/// `scene` as such a camera shows it at size `shown`, with these defects. Blur is of a Gaussian or
/// a disc, everywhere or behind a soft mask; motion blur follows a bent path; noise is grain that
/// grows in the shadows and was filtered and sharpened; too much light may be a glaring part;
/// darkness and haze may be uneven; JPEG blocks are made at the source's size or at the shown one.
/// A picture without defects may still have been sharpened a little and saved at a high quality.
/// `scene` must not be smaller than `shown` on either side (Error). Equal arguments give equal
/// pixels.
Image photograph(const Image& scene, Size shown, const Degradation& degradation, Random random);

}  // namespace juror
