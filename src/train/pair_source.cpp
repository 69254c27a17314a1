#include "train/pair_source.h"

#include <algorithm>
#include <functional>
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

constexpr std::uint64_t kRoundStream = 0x0D0E, kOrderStream = 0x0DE5, kWeightStream = 0x3E16,
                        kListStream = 0x11E7;

/// Whether people ranked the images, and not all alike.
bool has_an_order(const Ranks& ranks) {
  return std::adjacent_find(ranks.begin(), ranks.end(), std::not_equal_to<>()) != ranks.end();
}

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

std::vector<std::string> SynthPairs::pictures(std::uint64_t index) const {
  const SynthPair made = make_synth_pair(*photos_, recipe_.synth, seed_, index);
  return {small_jpeg_uri(made.first), small_jpeg_uri(made.second)};
}

ExamplePairs::ExamplePairs(const std::filesystem::path& path, const DatasetOptions& options,
                           const Processor& processor, const PromptTemplate& prompt_template,
                           std::size_t list_size)
    : path_(path),
      processor_(processor),
      template_(prompt_template),
      seed_(static_cast<std::uint64_t>(options.seed)),
      list_size_(list_size) {
  const std::unique_ptr<DatasetReader> reader = open_dataset(path, options);
  while (std::optional<DatasetRow> row = reader->next()) {
    if (has_lists() && row->images.size() > 2 && has_an_order(agreed_ranks(row->example)))
      places_.push_back({rows_.size(), 0, 1});
    for (std::size_t i = 0; i < row->images.size() && !has_lists(); ++i) {
      for (std::size_t j = i + 1; j < row->images.size(); ++j) {
        if (vote_share(row->example, i, j) != 0.5) places_.push_back({rows_.size(), i, j});
      }
    }
    rows_.push_back(std::move(*row));
  }
  require(!places_.empty(),
          "'{}' holds no {} of images that people preferred one way or the other.", path.string(),
          has_lists() ? "list of three or more" : "pair");
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
    const PreferenceExample& example = rows_[place.row].example;
    return !has_lists() && !vote_share(example, place.first, place.second);
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

std::vector<std::size_t> ExamplePairs::images_at(const Place& place, std::uint64_t index) const {
  if (!has_lists()) return {place.first, place.second};
  std::vector<std::size_t> images(rows_[place.row].images.size());
  std::iota(images.begin(), images.end(), std::size_t{0});
  Random random{seed_, index, kListStream};
  for (std::size_t i = 0; i + 1 < images.size(); ++i)
    std::swap(images[i], images[i + random.below(images.size() - i)]);
  images.resize(std::min(images.size(), list_size_));
  return images;
}

std::vector<std::string> ExamplePairs::pictures(std::uint64_t index) const {
  const Place place = place_at(index);
  std::vector<std::string> names;
  for (const std::size_t image : images_at(place, index)) {
    const ImageSource& source = rows_[place.row].images[image];
    names.push_back(std::filesystem::exists(source.name) ? source.name
                                                         : small_jpeg_uri(load_image(source)));
  }
  return names;
}

TrainingPair ExamplePairs::pair(std::uint64_t index) const {
  const Place place = place_at(index);
  const DatasetRow& row = rows_[place.row];
  const std::vector<std::size_t> images = images_at(place, index);
  const auto candidate = [&](std::size_t at) {
    return prepare_candidate(load_image(row.images[images[at]]), template_, processor_.patches);
  };
  TrainingPair pair{.id = row.example.id, .prompt = shown_prompt(template_, row.example.prompt)};
  pair.first = candidate(0);
  pair.second = candidate(1);
  pair.images = {row.images[images[0]].name, row.images[images[1]].name};
  pair.vote_share = vote_share(row.example, images[0], images[1]);
  if (!has_lists()) return pair;
  const Ranks ranks = agreed_ranks(row.example);
  for (std::size_t at = 2; at < images.size(); ++at) pair.others.push_back(candidate(at));
  for (const std::size_t image : images) pair.ranks.push_back(ranks[image]);
  return pair;
}

}  // namespace juror
