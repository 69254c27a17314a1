// HEIC and AVIF by libheif, in builds with JUROR_HEIF (no_heif.cpp stands in the others).
#include <libheif/heif.h>

#include <memory>

#include "image/codecs.h"
#include "image/composite.h"

namespace juror {
namespace {

void check(const heif_error& error, const std::string& name) {
  if (error.code != heif_error_Ok)
    refuse_image(name, fmt::format("libheif says: {}", error.message));
}

/// A file as libheif has it: its first picture.
struct Opened {
  std::unique_ptr<heif_context, decltype(&heif_context_free)> context{heif_context_alloc(),
                                                                      heif_context_free};
  std::unique_ptr<heif_image_handle, decltype(&heif_image_handle_release)> handle{
      nullptr, heif_image_handle_release};

  Opened(Bytes bytes, const std::string& name) {
    check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                     nullptr),
          name);
    heif_image_handle* primary = nullptr;
    check(heif_context_get_primary_image_handle(context.get(), &primary), name);
    handle.reset(primary);
  }
  Size size() const {
    return {heif_image_handle_get_width(handle.get()), heif_image_handle_get_height(handle.get())};
  }
};

}  // namespace

Size heif_size(Bytes bytes, const std::string& name) { return Opened(bytes, name).size(); }

Image decode_heif(Bytes bytes, const std::string& name, const Color& background) {
  const Opened file(bytes, name);
  const Size size = file.size();
  if (size.width <= 0 || size.height <= 0) refuse_image(name, "it has no pixels");
  heif_image* decoded = nullptr;
  check(heif_decode_image(file.handle.get(), &decoded, heif_colorspace_RGB,
                          heif_chroma_interleaved_RGBA, nullptr),
        name);
  const std::unique_ptr<heif_image, decltype(&heif_image_release)> owner(decoded,
                                                                         heif_image_release);
  int stride = 0;
  const std::uint8_t* plane =
      heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  if (plane == nullptr || heif_image_get_width(decoded, heif_channel_interleaved) != size.width ||
      heif_image_get_height(decoded, heif_channel_interleaved) != size.height)
    refuse_image(name, "its picture is of another size than its header claims");
  Image image(size.width, size.height);
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* row = plane + static_cast<std::ptrdiff_t>(y) * stride;
    image.shows_background |=
        composite(row, static_cast<std::size_t>(size.width), background, image.row(y));
  }
  return image;
}

}  // namespace juror
