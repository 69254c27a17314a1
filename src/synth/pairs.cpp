// Framing, degrading and voting.
#include "synth/pairs.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "image/resize.h"
#include "synth/camera.h"
#include "synth/pixels.h"
#include "synth/recipe.h"

namespace juror {
namespace {

// The last part of a stream's name: what is drawn from it.
enum Stream : std::uint64_t {
  kPairStream = 1,
  kImageStream,
  kFirstDefects,
  kSecondDefects,
  kFirstLook,
  kSecondLook,
  kFirstCamera,
  kSecondCamera
};

/// A part of a photo in shares of its sides, the size of the picture made of it, and whether that
/// is mirrored.
struct Frame {
  double x = 0, y = 0, width = 1, height = 1;
  Size shape;
  bool mirrored = false;
};

/// The size of a picture with this aspect ratio and its long side at `working_size`.
Size working_shape(double aspect, std::int64_t working_size) {
  const int side = static_cast<int>(working_size);
  if (aspect >= 1) return {side, static_cast<int>(std::lround(side / aspect))};
  return {static_cast<int>(std::lround(side * aspect)), side};
}

/// A random crop with one of the recipe's aspect ratios, large enough not to be enlarged where the
/// photo allows.
Frame draw_frame(const Image& photo, const SynthOptions& options, Random& random) {
  const double aspect = recipe::kAspects[random.below(recipe::kAspects.size())];
  const double largest = std::min<double>(photo.height, photo.width / aspect);
  Frame frame;
  frame.shape = working_shape(aspect, options.working_size);
  const double native = frame.shape.height / largest;
  const double tight =
      std::min(recipe::kLeastCrop, std::max(recipe::kLeastAugmentedCrop, recipe::kSharp * native));
  const double least = std::clamp(native, options.augment ? tight : recipe::kLeastCrop, 1.0);
  const double height = random.uniform(least, 1.0) * largest;
  frame.width = height * aspect / photo.width;
  frame.height = height / photo.height;
  frame.x = random.uniform() * (1.0 - frame.width);
  frame.y = random.uniform() * (1.0 - frame.height);
  frame.mirrored = random.uniform() < 0.5;
  return frame;
}

/// The frame of the next photo of a burst: zoomed and moved a little.
Frame jittered(Frame frame, Random& random) {
  const double zoom = 1.0 - recipe::kBurstZoom * random.uniform();
  const double dx = recipe::kBurstShift * random.uniform(-1, 1),
               dy = recipe::kBurstShift * random.uniform(-1, 1);
  frame.x =
      std::clamp(frame.x + frame.width * ((1 - zoom) / 2 + dx), 0.0, 1.0 - frame.width * zoom);
  frame.y =
      std::clamp(frame.y + frame.height * ((1 - zoom) / 2 + dy), 0.0, 1.0 - frame.height * zoom);
  frame.width *= zoom;
  frame.height *= zoom;
  return frame;
}

void mirror(Image& image) {
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* row = image.row(y);
    for (int left = 0, right = image.width - 1; left < right; ++left, --right)
      std::swap_ranges(row + left * 3, row + left * 3 + 3, row + right * 3);
  }
}

/// The framed part of the photo, undamaged.
Image take(const Image& photo, const Frame& frame) {
  Rect rect{static_cast<int>(std::lround(frame.x * photo.width)),
            static_cast<int>(std::lround(frame.y * photo.height)),
            std::max(1, static_cast<int>(std::lround(frame.width * photo.width))),
            std::max(1, static_cast<int>(std::lround(frame.height * photo.height)))};
  rect.x = std::min(rect.x, photo.width - 1);
  rect.y = std::min(rect.y, photo.height - 1);
  rect.width = std::min(rect.width, photo.width - rect.x);
  rect.height = std::min(rect.height, photo.height - rect.y);
  Image part = resize_bicubic(crop(photo, rect), frame.shape);
  if (frame.mirrored) mirror(part);
  return part;
}

/// Another look at an undamaged photo: turned by quarters, its light, contrast and saturation
/// changed a little.
struct Look {
  int quarter_turns = 0;
  double gain = 1, contrast = 1, saturation = 1;
};

Look draw_look(Random random) {
  const auto factor = [&](double most) { return 1.0 + most * random.uniform(-1, 1); };
  return {.quarter_turns = static_cast<int>(random.below(4)),
          .gain = factor(recipe::kGainJitter),
          .contrast = factor(recipe::kContrastJitter),
          .saturation = factor(recipe::kSaturationJitter)};
}

Image turned(const Image& image) {
  Image out(image.height, image.width);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x)
      std::copy_n(image.row(image.height - 1 - x) + y * 3, 3, out.row(y) + x * 3);
  }
  return out;
}

Image seen_as(Image image, const Look& look) {
  for (int i = 0; i < look.quarter_turns; ++i) image = turned(image);
  Pixels pixels(image);
  change_saturation(pixels, static_cast<float>(look.saturation));
  const auto scale = static_cast<float>(look.gain * look.contrast);
  const auto offset = static_cast<float>(recipe::kMiddleGrey * (1.0 - look.contrast));
  scale_and_shift(pixels, {scale, scale, scale}, {offset, offset, offset});
  clip(pixels);
  return pixels.to_image();
}

/// How a picture is taken: damaged plainly at its own size, or by a camera at a larger one.
struct Taking {
  bool by_camera = false;
  std::int64_t size = 0;  ///< long side of the picture
  double source = 1;      ///< the camera's size is this much larger, where the photo has the pixels
};

constexpr double kLargestSource = 2.0;

Taking draw_taking(const SynthOptions& options, Random random) {
  Taking taking{.size = options.working_size};
  if (options.camera == 0 || random.uniform() >= options.camera) return taking;
  taking.by_camera = true;
  taking.source = random.uniform(1.0, kLargestSource);
  const double largest = static_cast<double>(std::max(options.largest_size, options.working_size));
  const auto smallest = static_cast<double>(options.working_size);
  taking.size =
      std::llround(smallest * std::pow(largest / smallest, random.uniform()));  // log-uniform
  return taking;
}

SynthOptions at_size(SynthOptions options, std::int64_t size) {
  options.working_size = size;
  return options;
}

/// The framed part of the photo with its defects.
Image damaged(const Image& photo, const Frame& frame, const Taking& taking,
              const std::optional<Look>& look, const Degradation& truth, Random random) {
  const auto seen = [&](Image part) {
    return look ? seen_as(std::move(part), *look) : std::move(part);
  };
  if (!taking.by_camera) return degrade(seen(take(photo, frame)), truth, random);
  const double native = frame.height * photo.height / frame.shape.height;
  const double scale = std::clamp(native, 1.0, taking.source);
  Frame larger = frame;
  larger.shape = {static_cast<int>(std::lround(frame.shape.width * scale)),
                  static_cast<int>(std::lround(frame.shape.height * scale))};
  const Image scene = seen(take(photo, larger));
  Size shown = frame.shape;
  if (look && look->quarter_turns % 2 == 1) std::swap(shown.width, shown.height);
  return photograph(scene, shown, truth, random);
}

/// How many voters prefer the first, and the answer that one voter drawn from them gives.
void hold_vote(SynthPair& pair, Random& random) {
  pair.p_first = 1.0 / (1.0 + std::exp(pair.q2 - pair.q1));
  pair.votes_first = 0;
  for (int voter = 0; voter < pair.voters; ++voter)
    pair.votes_first += random.uniform() < pair.p_first;
  pair.answer = random.below(static_cast<std::uint64_t>(pair.voters)) <
                        static_cast<std::uint64_t>(pair.votes_first)
                    ? 1
                    : 2;
}

/// Another photo than `taken`.
int draw_other(int count, int taken, Random& random) {
  require(count > 1,
          "Making pairs of different photos needs at least two photos; the set holds one.");
  const int other = static_cast<int>(random.below(static_cast<std::uint64_t>(count - 1)));
  return other < taken ? other : other + 1;
}

}  // namespace

SynthImage make_synth_image(const PhotoSet& photos, const SynthOptions& options, std::uint64_t seed,
                            std::uint64_t index) {
  Random random({seed, index, kImageStream});
  SynthImage made;
  made.photo = static_cast<int>(random.below(static_cast<std::uint64_t>(photos.size())));
  const Image& photo = photos.photo(made.photo);
  const Taking taking = draw_taking(options, Random({seed, index, kFirstCamera}));
  const Frame frame = draw_frame(photo, at_size(options, taking.size), random);
  made.truth = draw_degradation(random);
  made.quality = hidden_quality(made.truth);
  std::optional<Look> look;
  if (options.augment) look = draw_look(Random({seed, index, kFirstLook}));
  made.image = damaged(photo, frame, taking, look, made.truth, random);
  return made;
}

SynthPair make_synth_pair(const PhotoSet& photos, const SynthOptions& options, std::uint64_t seed,
                          std::uint64_t index) {
  Random random({seed, index, kPairStream});
  SynthPair pair;
  pair.same_photo = random.uniform() < options.same_photo;
  pair.photo1 = static_cast<int>(random.below(static_cast<std::uint64_t>(photos.size())));
  pair.photo2 = pair.same_photo ? pair.photo1 : draw_other(photos.size(), pair.photo1, random);
  pair.answer_only = random.uniform() < options.answer_only;
  pair.voters = static_cast<int>(options.voters);

  const Taking taking1 = draw_taking(options, Random({seed, index, kFirstCamera}));
  const Taking taking2 =
      pair.same_photo ? taking1 : draw_taking(options, Random({seed, index, kSecondCamera}));
  const Frame frame1 =
      draw_frame(photos.photo(pair.photo1), at_size(options, taking1.size), random);
  const Frame frame2 = pair.same_photo ? jittered(frame1, random)
                                       : draw_frame(photos.photo(pair.photo2),
                                                    at_size(options, taking2.size), random);
  pair.a = draw_degradation(random);
  pair.b = draw_degradation(random);
  pair.q1 = hidden_quality(pair.a);
  pair.q2 = hidden_quality(pair.b);
  hold_vote(pair, random);
  std::optional<Look> look1, look2;
  if (options.augment) {  // a burst is taken in one light
    look1 = draw_look(Random({seed, index, kFirstLook}));
    look2 = draw_look(Random({seed, index, pair.same_photo ? kFirstLook : kSecondLook}));
  }
  pair.first = damaged(photos.photo(pair.photo1), frame1, taking1, look1, pair.a,
                       Random({seed, index, kFirstDefects}));
  pair.second = damaged(photos.photo(pair.photo2), frame2, taking2, look2, pair.b,
                        Random({seed, index, kSecondDefects}));
  return pair;
}

SynthPair swapped(SynthPair pair) {
  std::swap(pair.first, pair.second);
  std::swap(pair.a, pair.b);
  std::swap(pair.q1, pair.q2);
  std::swap(pair.photo1, pair.photo2);
  pair.votes_first = pair.voters - pair.votes_first;
  pair.p_first = 1.0 - pair.p_first;
  pair.answer = 3 - pair.answer;
  return pair;
}

}  // namespace juror
