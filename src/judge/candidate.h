// A candidate as questions show it: its picture cut into the template's views.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "image/image.h"
#include "judge/template.h"

namespace juror {

/// A picture as a question shows it. `key`: a hash of its size and pixels.
struct Picture {
  Image image;
  std::uint64_t key = 0;
};

/// A candidate cut into the template's views; done once, however many pairs show it.
struct CandidateImage {
  std::vector<std::shared_ptr<const Picture>> views;
  std::vector<Rect> sources;  ///< in pixels of the upright original
};

/// Throws Error for an empty image.
CandidateImage cut_views(const Image& image, const PromptTemplate& prompt_template);

/// The candidate with nothing to see: grey pictures of its sizes.
CandidateImage blank(CandidateImage candidate);

}  // namespace juror
