// Synthetic photos with known defects, alone and in pairs with simulated votes. Example `index` of
// run `seed` depends on nothing but those two numbers, the photos and the options: it can be made
// alone, in any order and on any thread.
#pragma once

#include <cstdint>

#include "base/options.h"
#include "data/photos.h"
#include "synth/defects.h"

namespace juror {

/// What is generated. The defaults are the recipe of the embedded model.
struct SynthOptions {
  std::int64_t working_size = 224;  ///< long side of every picture in pixels
  double same_photo = 0.6;          ///< share of pairs that show one photo twice
  double answer_only = 0.2;         ///< share of pairs whose completion has no thought
  std::int64_t voters = 10;
  bool augment = false;
  double camera = 0;              ///< share of pictures damaged by `photograph` (camera.h)
  std::int64_t largest_size = 0;  ///< long side up to which those are drawn; 0: working_size

  template <class Field>
  void fields(Field&& field) {
    field("working_size", working_size, "Long side of every picture in pixels", Range{56, 4096});
    field("same_photo", same_photo, "Share of pairs that show the same photo twice", Range{0, 1});
    field("answer_only", answer_only, "Share of pairs answered without a thought", Range{0, 1});
    field("voters", voters, "Simulated voters per pair", Range{1, 1000});
    field("augment", augment,
          "Show photos in more ways: tighter crops, quarter turns, other light and colours "
          "(training)");
    field("camera", camera,
          "Share of pictures damaged as phones and messengers do it: at a larger size before they "
          "are shrunk, in parts, behind a camera's filters (training)",
          Range{0, 1});
    field("largest_size", largest_size,
          "Long side up to which such pictures are made, from working_size on; 0: working_size",
          Range{0, 4096});
  }
};

/// One degraded photo and what is wrong with it.
struct SynthImage {
  Image image;
  Degradation truth;
  double quality = 0;  ///< hidden_quality(truth)
  int photo = 0;       ///< index in the PhotoSet
};

/// Two degraded photos and how the voters decided.
struct SynthPair {
  Image first, second;
  Degradation a, b;       ///< truth of first and second
  double q1 = 0, q2 = 0;  ///< hidden qualities
  int photo1 = 0, photo2 = 0;
  bool same_photo = false;  ///< photo1 == photo2, framed a little differently as in a burst
  int voters = 10;
  int votes_first = 5;       ///< how many of `voters` preferred the first
  int answer = 1;            ///< 1 or 2: the answer of the training text, drawn from the votes
  double p_first = 0.5;      ///< probability with which a voter prefers the first: σ(q1 − q2)
  bool answer_only = false;  ///< the training text has no thought
};

/// A crop of a photo, brought to the working size and degraded.
SynthImage make_synth_image(const PhotoSet& photos, const SynthOptions& options, std::uint64_t seed,
                            std::uint64_t index);

/// Throws Error when two different photos are asked for and the set holds only one.
SynthPair make_synth_pair(const PhotoSet& photos, const SynthOptions& options, std::uint64_t seed,
                          std::uint64_t index);

/// The same pair seen in the other order.
SynthPair swapped(SynthPair pair);

}  // namespace juror
