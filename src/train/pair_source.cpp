#include "train/pair_source.h"

#include <algorithm>
#include <numeric>

#include "base/base64.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "data/row_hash.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/resize.h"

namespace juror {
namespace {

constexpr std::uint64_t kRoundStream = 0x0D0E, kOrderStream = 0x0DE5, kWeightStream = 0x3E16;

/// Whether the template shows the user's words at all (the embedded model's does not).
std::string shown_prompt(const PromptTemplate& prompt_template, const std::string& prompt) {
  return prompt_template.user == prompt_template.user_without_prompt ? "" : prompt;
}

/// The picture, its longer side at most 320 pixels, as a data: URI.
std::string small_jpeg_uri(const Image& image) {
  constexpr int kLongest = 320;
  const int longer = std::max(image.width, image.height);
  const auto scaled = [&](int side) { return std::max(1, side * kLongest / longer); };
  const Image small = longer <= kLongest
                          ? image
                          : resize_bicubic(image, {scaled(image.width), scaled(image.height)});
  return fmt::format("data:image/jpeg;base64,{}", base64(encode_jpeg(small, 88)));
}

}  // namespace

std::uint64_t shuffled_index(std::uint64_t seed, std::uint64_t index, std::uint64_t count) {
  Random random{seed, index / count, kRoundStream};
  // An affine walk whose stride shares no factor with the count visits every place once.
  const std::uint64_t start = random.below(count);
  std::uint64_t stride = count == 1 ? 1 : 1 + random.below(count - 1);
  while (std::gcd(stride, count) != 1) stride = stride % count + 1;
  return (start + stride * (index % count)) % count;
}

std::size_t item_at(const std::vector<double>& sums, double position) {
  const auto place = std::upper_bound(sums.begin(), sums.end(), position * sums.back());
  return std::min(static_cast<std::size_t>(place - sums.begin()), sums.size() - 1);
}

PairOrError try_pair(const PairSource& source, std::uint64_t index) {
  try {
    return {.pair = source.pair(index), .error = {}};
  } catch (const Error& error) {
    return {.pair = {}, .error = error.what()};
  }
}

std::optional<TrainingPair> readable_pair(PairOrError made, bool skip) {
  if (made.pair) return std::move(made.pair);
  require(skip, "{} (unreadable_image = \"skip\" would go on without this pair.)", made.error);
  log_warning("left out: " + made.error);
  return {};
}

TrainingPair SynthPairs::pair(std::uint64_t index) const {
  const SynthPair made = make_synth_pair(*photos_, recipe_.synth, seed_, index);
  TrainingPair pair;
  pair.id = "synth-" + std::to_string(index);
  pair.first = prepare_candidate(made.first, template_, processor_.patches);
  pair.second = prepare_candidate(made.second, template_, processor_.patches);
  pair.images = {photos_->name(made.photo1), photos_->name(made.photo2)};
  pair.vote_share = recipe_.exact_shares ? preference_for(recipe_.voters, made)
                                         : draw_vote_share(recipe_.voters, made, seed_, index);
  return pair;
}

std::array<std::string, 2> SynthPairs::pictures(std::uint64_t index) const {
  const SynthPair made = make_synth_pair(*photos_, recipe_.synth, seed_, index);
  return {small_jpeg_uri(made.first), small_jpeg_uri(made.second)};
}

ExamplePairs::ExamplePairs(const std::filesystem::path& path, const DatasetOptions& options,
                           const Processor& processor, const PromptTemplate& prompt_template)
    : path_(path),
      processor_(processor),
      template_(prompt_template),
      seed_(static_cast<std::uint64_t>(options.seed)) {
  const std::unique_ptr<DatasetReader> reader = open_dataset(path, options);
  while (std::optional<DatasetRow> row = reader->next()) {
    for (std::size_t i = 0; i < row->images.size(); ++i) {
      for (std::size_t j = i + 1; j < row->images.size(); ++j) {
        if (vote_share(row->example, i, j) != 0.5) places_.push_back({rows_.size(), i, j});
      }
    }
    rows_.push_back(std::move(*row));
  }
  require(!places_.empty(),
          "'{}' holds no pair of images that people preferred one way or the other.",
          path.string());
  sum_weights();
}

std::uint64_t ExamplePairs::fingerprint() const {
  std::uint64_t hash = 0;
  for (const DatasetRow& row : rows_) hash = hash * 31 + row_hash(row);
  return hash;
}

void ExamplePairs::sum_weights() {
  weight_sums_.clear();
  double sum = 0;
  bool differ = false;
  for (const Place& place : places_) {
    weight_sums_.push_back(sum += rows_[place.row].weight);
    differ = differ || rows_[place.row].weight != rows_[places_.front().row].weight;
  }
  if (!differ) weight_sums_.clear();
}

std::int64_t ExamplePairs::leave_out_unlabelled(const std::string& what) {
  const std::size_t before = places_.size();
  const std::string& some = rows_[places_.front().row].example.id;
  std::erase_if(places_, [&](const Place& place) {
    return !vote_share(rows_[place.row].example, place.first, place.second);
  });
  require(!places_.empty(), "{} needs people's votes, and no example of '{}' has them, '{}' say.",
          what, path_.string(), some);
  sum_weights();
  return static_cast<std::int64_t>(before - places_.size());
}

ExamplePairs::Place ExamplePairs::place_at(std::uint64_t index) const {
  std::size_t item = shuffled_index(seed_, index, places_.size());
  if (!weight_sums_
           .empty()) {  // one step of an even walk over the weights; each round begins elsewhere
    const double offset = Random{seed_, index / places_.size(), kWeightStream}.uniform();
    const auto count = static_cast<double>(places_.size());
    item = item_at(weight_sums_, (static_cast<double>(item) + offset) / count);
  }
  Place place = places_[item];
  if (Random{seed_, index, kOrderStream}.below(2) == 1) std::swap(place.first, place.second);
  return place;
}

std::array<std::string, 2> ExamplePairs::pictures(std::uint64_t index) const {
  const Place place = place_at(index);
  const auto shown = [&](std::size_t image) {
    const ImageSource& source = rows_[place.row].images[image];
    return std::filesystem::exists(source.name) ? source.name : small_jpeg_uri(load_image(source));
  };
  return {shown(place.first), shown(place.second)};
}

TrainingPair ExamplePairs::pair(std::uint64_t index) const {
  const Place place = place_at(index);
  const DatasetRow& row = rows_[place.row];
  const auto candidate = [&](std::size_t image) {
    return prepare_candidate(load_image(row.images[image]), template_, processor_.patches);
  };
  TrainingPair pair{.id = row.example.id, .prompt = shown_prompt(template_, row.example.prompt)};
  pair.first = candidate(place.first);
  pair.second = candidate(place.second);
  pair.images = {row.images[place.first].name, row.images[place.second].name};
  pair.vote_share = vote_share(row.example, place.first, place.second);
  return pair;
}

}  // namespace juror
