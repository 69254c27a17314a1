#include "cli/export/contact_sheet.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "image/encode.h"
#include "image/resize.h"

namespace juror {
namespace {

constexpr int kJpegQuality = 88;

/// As it is, or reduced until its longer side has `pixels`.
Image reduced(Image image, std::int64_t pixels) {
  const int longer = std::max(image.width, image.height);
  if (longer <= pixels) return image;
  const auto side = [&](int length) {
    return std::max(1, static_cast<int>(std::int64_t{length} * pixels / longer));
  };
  return resize_bicubic(image, {side(image.width), side(image.height)});
}

}  // namespace

SheetGroup sheet_group(const JudgedGroup& group, std::int64_t keep, std::int64_t pixels,
                       const ImageReader& reader) {
  SheetGroup sheet{.title = group.prompt.empty() ? group.id : group.prompt, .pictures = {}};
  const std::vector<Tier> tier = tiers(group, keep);
  for (const std::size_t i : best_first(group)) {
    const JudgedImage& image = group.images[i];
    SheetPicture picture{.name = image.name,
                         .bytes = {},
                         .position = image.position,
                         .score = image.score,
                         .score_low = image.score_low,
                         .score_high = image.score_high,
                         .reason = image.reason,
                         .tier = std::string(name(tier[i]))};
    try {
      const Image decoded = reader.decode(image.source.read(), image.name);
      picture.width = decoded.width;
      picture.height = decoded.height;
      picture.bytes = encode_jpeg(reduced(decoded, pixels), kJpegQuality);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) throw;
      log_warning(error.what());
    }
    sheet.pictures.push_back(std::move(picture));
  }
  return sheet;
}

}  // namespace juror
