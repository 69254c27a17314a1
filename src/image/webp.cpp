// WebP to RGB8: lossy, lossless, and the first frame of an animation.
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "image/codecs.h"
#include "image/composite.h"

namespace juror {
namespace {

[[noreturn]] void refuse(VP8StatusCode status, const std::string& name) {
  if (status == VP8_STATUS_SUSPENDED || status == VP8_STATUS_NOT_ENOUGH_DATA)
    refuse_truncated(name, "WebP");
  if (status == VP8_STATUS_OUT_OF_MEMORY)
    throw Error("libwebp has no memory left for a decoder.", ErrorKind::kSystem);
  refuse_image(
      name, fmt::format("the WebP data are corrupt (libwebp status {})", static_cast<int>(status)));
}

WebPBitstreamFeatures read_features(Bytes bytes, const std::string& name) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(bytes.data(), bytes.size(), &features);
  if (status != VP8_STATUS_OK) refuse(status, name);
  return features;
}

/// Into rows of `stride` bytes that the caller owns.
void decode_into(Bytes bytes, WEBP_CSP_MODE mode, std::span<std::uint8_t> rows, int stride,
                 const std::string& name) {
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  config.output.colorspace = mode;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {rows.data(), stride, rows.size()};
  const VP8StatusCode status = WebPDecode(bytes.data(), bytes.size(), &config);
  if (status != VP8_STATUS_OK) refuse(status, name);
}

Image decode_still(Bytes bytes, const std::string& name, const Color& background) {
  const WebPBitstreamFeatures features = read_features(bytes, name);
  if (features.has_alpha == 0) {
    Image image(features.width, features.height);
    decode_into(bytes, MODE_RGB, image.rgb, image.width * 3, name);
    return image;
  }
  Image image;
  image.width = features.width;
  image.height = features.height;
  const std::size_t pixels =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  image.rgb.resize(pixels * 4);
  decode_into(bytes, MODE_RGBA, image.rgb, image.width * 4, name);
  image.shows_background = composite(image.rgb.data(), pixels, background, image.rgb.data());
  image.rgb.resize(pixels * 3);
  return image;
}

/// `frame` on a canvas that is transparent elsewhere.
Image lay_on_canvas(const Image& frame, Rect place, Size canvas, const Color& background) {
  Image image(canvas.width, canvas.height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = background[i % 3];
  for (int y = 0; y < place.height; ++y)
    std::copy_n(frame.row(y), place.width * 3, image.row(place.y + y) + place.x * 3);
  image.shows_background = true;
  return image;
}

/// libwebp's own animation decoder keeps two canvases of 4 bytes a pixel; the first frame needs
/// none.
Image decode_first_frame(Bytes bytes, Size canvas, const std::string& name,
                         const Color& background) {
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemux(&data),
                                                                         WebPDemuxDelete);
  WebPIterator found{};
  if (demuxer == nullptr || WebPDemuxGetFrame(demuxer.get(), 1, &found) == 0) {
    refuse_image(
        name, "the animated WebP file is truncated or corrupt; save one frame of it as a picture");
  }
  const std::unique_ptr<WebPIterator, decltype(&WebPDemuxReleaseIterator)> iterator(
      &found, WebPDemuxReleaseIterator);
  const Rect place{found.x_offset, found.y_offset, found.width, found.height};
  const Bytes fragment{found.fragment.bytes, found.fragment.size};
  const bool fits = webp_size(fragment, name) == Size{place.width, place.height} && place.x >= 0 &&
                    place.y >= 0 && place.x <= canvas.width - place.width &&
                    place.y <= canvas.height - place.height;
  if (!fits) refuse_image(name, "the first frame of the animated WebP file is corrupt");
  Image frame = decode_still(fragment, name, background);
  if (frame.size() == canvas) return frame;
  return lay_on_canvas(frame, place, canvas, background);
}

}  // namespace

Size webp_size(Bytes bytes, const std::string& name) {
  const WebPBitstreamFeatures features = read_features(bytes, name);
  return {features.width, features.height};
}

Image decode_webp(Bytes bytes, const std::string& name, const Color& background) {
  const WebPBitstreamFeatures features = read_features(bytes, name);
  if (features.has_animation == 0) return decode_still(bytes, name, background);
  return decode_first_frame(bytes, {features.width, features.height}, name, background);
}

}  // namespace juror
