// WebP to RGB8: lossy, lossless, and the first frame of an animation.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "image/codecs.h"

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

Image decode_still(Bytes bytes, Size size, const std::string& name) {
  Image image(size.width, size.height);
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {image.rgb.data(), size.width * 3, image.rgb.size()};
  const VP8StatusCode status = WebPDecode(bytes.data(), bytes.size(), &config);
  if (status != VP8_STATUS_OK) refuse(status, name);
  return image;
}

Image decode_first_frame(Bytes bytes, Size size, const std::string& name) {
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(
      WebPAnimDecoderNew(&data, nullptr), WebPAnimDecoderDelete);
  std::uint8_t* rgba = nullptr;
  int timestamp = 0;
  if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &rgba, &timestamp) == 0) {
    refuse_image(
        name, "the animated WebP file is truncated or corrupt; save one frame of it as a picture");
  }
  Image image(size.width, size.height);
  for (std::size_t from = 0, to = 0; to < image.rgb.size(); from += 4, to += 3) {
    for (std::size_t c = 0; c < 3; ++c) image.rgb[to + c] = rgba[from + c];
  }
  return image;
}

}  // namespace

Size webp_size(Bytes bytes, const std::string& name) {
  const WebPBitstreamFeatures features = read_features(bytes, name);
  return {features.width, features.height};
}

Image decode_webp(Bytes bytes, const std::string& name) {
  const WebPBitstreamFeatures features = read_features(bytes, name);
  const Size size{features.width, features.height};
  return features.has_animation != 0 ? decode_first_frame(bytes, size, name)
                                     : decode_still(bytes, size, name);
}

}  // namespace juror
