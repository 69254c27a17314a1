// Crops by local detail: score every candidate once, then take greedily without overlap.
#include "image/views.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "image/resize.h"

namespace juror {
namespace {

struct Candidate {
  Rect rect;
  std::int64_t detail = 0;
};

void check(const Image& image, const ViewOptions& o) {
  require(image.width > 0 && image.height > 0,
          "Cannot make views of a {} x {} picture: it has no pixels.", image.width, image.height);
  require(o.working_size >= 0 && o.overview_size >= 0 && o.crops >= 0 && o.crop_size >= 0 &&
              o.plain_crops >= 0,
          "Views make no sense: working_size {}, overview_size {}, crops {}, crop_size {}, "
          "plain_crops {}; none may be negative.",
          o.working_size, o.overview_size, o.crops, o.crop_size, o.plain_crops);
  require(o.crops + o.plain_crops == 0 || (o.crop_size >= 1 && o.crop_size <= 1 << 15),
          "Views ask for {} crops of side {}; crop_size must be between 1 and 32768.",
          o.crops + o.plain_crops, o.crop_size);
}

constexpr std::int64_t kNarrowest = 100;  // long side : short side; models take 200 : 1 at most

/// The image itself, or smaller with the same aspect (a thread becomes no narrower than models
/// take); `long_side` 0 leaves it.
Image reduced(const Image& image, std::int64_t long_side) {
  const std::int64_t longest = std::max(image.width, image.height);
  if (long_side == 0 || longest <= long_side) return image;
  const auto scaled = [&](int side) {
    return static_cast<int>(
        std::max({std::int64_t{1}, (2 * side * long_side + longest) / (2 * longest),
                  long_side / kNarrowest}));
  };
  return resize_bicubic(image, {scaled(image.width), scaled(image.height)});
}

/// How much each pixel's brightness differs from its left and upper neighbours: [height, width].
std::vector<std::uint16_t> detail_of(const Image& image) {
  const auto width = static_cast<std::size_t>(image.width);
  const auto brightness = [](const std::uint8_t* p) { return p[0] + p[1] + p[2]; };
  std::vector<std::uint16_t> detail(image.rgb.size() / 3);
  std::uint16_t* out = detail.data();
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* p = image.row(y);
    for (std::size_t x = 0; x < width; ++x, p += 3) {
      const int here = brightness(p);
      const int across = x == 0 ? 0 : std::abs(here - brightness(p - 3));
      const int down = y == 0 ? 0 : std::abs(here - brightness(p - 3 * width));
      *out++ = static_cast<std::uint16_t>(across + down);
    }
  }
  return detail;
}

std::int64_t sum_inside(const std::vector<std::uint16_t>& detail, int stride, const Rect& rect) {
  std::int64_t sum = 0;
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    const std::uint16_t* row = detail.data() + std::size_t(y) * std::size_t(stride) + rect.x;
    std::uint32_t row_sum = 0;
    for (int x = 0; x < rect.width; ++x) row_sum += row[x];
    sum += row_sum;
  }
  return sum;
}

std::vector<int> starts_along(int side, int crop) {
  std::vector<int> starts;
  for (int at = 0; at + crop < side; at += std::max(1, crop / 2)) starts.push_back(at);
  starts.push_back(side - crop);
  return starts;
}

std::vector<Candidate> candidates_of(const Image& image, int crop_size) {
  const std::vector<std::uint16_t> detail = detail_of(image);
  const int width = std::min(crop_size, image.width), height = std::min(crop_size, image.height);
  std::vector<Candidate> out;
  for (const int y : starts_along(image.height, height)) {
    for (const int x : starts_along(image.width, width)) {
      const Rect rect{x, y, width, height};
      out.push_back({rect, sum_inside(detail, image.width, rect)});
    }
  }
  return out;
}

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/// Appends up to `count` candidates in their order, none of which overlaps one that is chosen.
void take_apart(const std::vector<Candidate>& candidates, std::int64_t count,
                std::vector<Rect>& chosen) {
  for (const Candidate& candidate : candidates) {
    if (count == 0) return;
    const auto meets = [&](const Rect& rect) { return overlap(rect, candidate.rect); };
    if (std::ranges::any_of(chosen, meets)) continue;
    chosen.push_back(candidate.rect);
    --count;
  }
}

std::vector<Rect> choose_crops(const Image& image, const ViewOptions& options) {
  std::vector<Candidate> candidates = candidates_of(image, static_cast<int>(options.crop_size));
  std::vector<Rect> chosen;
  std::ranges::stable_sort(candidates, std::greater{}, &Candidate::detail);
  take_apart(candidates, options.crops, chosen);
  std::ranges::stable_sort(candidates, std::less{}, [](const Candidate& c) {
    return std::tuple(c.detail, c.rect.y, c.rect.x);
  });
  take_apart(candidates, options.plain_crops, chosen);
  return chosen;
}

/// `part` of an image of size `inner`, in pixels of `outer`, of which `inner` is a reduction.
Rect project(const Rect& part, Size inner, Size outer) {
  const auto down = [](std::int64_t at, int from, int to) {
    return static_cast<int>(at * to / from);
  };
  const auto up = [](std::int64_t at, int from, int to) {
    return static_cast<int>((at * to + from - 1) / from);
  };
  const int left = down(part.x, inner.width, outer.width),
            top = down(part.y, inner.height, outer.height);
  return {left, top, up(part.x + part.width, inner.width, outer.width) - left,
          up(part.y + part.height, inner.height, outer.height) - top};
}

std::vector<View> cut_views(const Image& image, const ViewOptions& options) {
  const Rect whole{0, 0, image.width, image.height};
  Image working = reduced(image, options.working_size);
  std::vector<View> views;
  if (options.crops + options.plain_crops == 0) {
    views.push_back({std::move(working), whole, true});
    return views;
  }
  views.push_back({reduced(working, options.overview_size), whole, true});
  const bool crop_is_whole = std::max(working.width, working.height) <= options.crop_size;
  if (crop_is_whole && views[0].image.size() == working.size()) return views;
  for (const Rect& rect : choose_crops(working, options)) {
    views.push_back({crop(working, rect), project(rect, working.size(), image.size()), false});
  }
  return views;
}

}  // namespace

std::vector<View> make_views(const Image& image, const ViewOptions& options) {
  check(image, options);
  std::vector<View> views = cut_views(image, options);
  for (View& view : views) view.image.name = image.name;
  return views;
}

}  // namespace juror
