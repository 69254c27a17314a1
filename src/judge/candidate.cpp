#include "judge/candidate.h"

#include <algorithm>
#include <cstring>

#include "image/views.h"

namespace juror {
namespace {

/// FNV-1a over 8-byte words of the size and the pixels.
std::uint64_t hash_pixels(const Image& image) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  };
  mix(static_cast<std::uint64_t>(image.width));
  mix(static_cast<std::uint64_t>(image.height));
  for (std::size_t i = 0; i < image.rgb.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, image.rgb.data() + i, std::min(sizeof(word), image.rgb.size() - i));
    mix(word);
  }
  return hash;
}

}  // namespace

CandidateImage cut_views(const Image& image, const PromptTemplate& prompt_template) {
  CandidateImage candidate;
  for (View& view : make_views(image, prompt_template.views())) {
    const std::uint64_t key = hash_pixels(view.image);
    candidate.views.push_back(
        std::make_shared<const Picture>(Picture{.image = std::move(view.image), .key = key}));
    candidate.sources.push_back(view.source);
  }
  return candidate;
}

CandidateImage blank(CandidateImage candidate) {
  for (auto& view : candidate.views) {
    Image grey = view->image;
    std::fill(grey.rgb.begin(), grey.rgb.end(), std::uint8_t{128});
    const std::uint64_t key = hash_pixels(grey);
    view = std::make_shared<const Picture>(Picture{.image = std::move(grey), .key = key});
  }
  return candidate;
}

}  // namespace juror
