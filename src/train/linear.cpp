#include "train/linear.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/text_hash.h"
#include "data/loaded_rows.h"
#include "data/prefetch.h"
#include "data/rating_pairs.h"
#include "data/ratings.h"
#include "data/row_hash.h"

namespace juror {
namespace {

struct SynthStatistics {
  ImageStatistics first, second;
  double share = 0.5;
};

int thread_count(std::int64_t asked) {
  return asked > 0 ? static_cast<int>(asked)
                   : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

bool report(const Progress& progress, std::int64_t done, std::int64_t total) {
  return !progress || progress("pairs", done, total);
}

LinearTraining from_synth(const PhotoSet& photos, const LinearTrainOptions& options,
                          const Progress& progress) {
  const int threads = thread_count(options.threads);
  Prefetcher<SynthStatistics> pairs(
      [&](std::uint64_t index) {
        const SynthPair pair =
            make_synth_pair(photos, options.synth, static_cast<std::uint64_t>(options.seed), index);
        return SynthStatistics{image_statistics(pair.first), image_statistics(pair.second),
                               static_cast<double>(pair.votes_first) / pair.voters};
      },
      0, threads, 4 * threads);
  LinearTraining training;
  while (training.pairs() < options.pairs && report(progress, training.pairs(), options.pairs)) {
    const SynthStatistics pair = pairs.next();
    training.add(pair.first, pair.second, pair.share);
  }
  return training;
}

/// Notes what cannot be read; the others go on.
void leave_out(const std::string& id, const Error& error, LinearTrained& trained) {
  if (error.kind() != ErrorKind::kUser) throw error;
  trained.failures.emplace_back(id, error.what());
  log_warning(fmt::format("'{}' is left out: {}", id, error.what()));
}

void add_pairs(const LoadedRow& loaded, LinearTraining& training) {
  std::vector<ImageStatistics> statistics;
  for (const Image& image : loaded.images) statistics.push_back(image_statistics(image));
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    for (std::size_t j = i + 1; j < statistics.size(); ++j) {
      if (const auto share = vote_share(loaded.row.example, i, j))
        training.add(statistics[i], statistics[j], *share, loaded.row.weight);
    }
  }
}

/// Images with mean ratings: each is read once, however many pairs it is in.
LinearTrained from_ratings(const LinearTrainOptions& options, const DatasetOptions& reading,
                           const Progress& progress) {
  RatedImages rated = read_rated_images(options.data, reading);
  const auto total = static_cast<std::int64_t>(rated.images.size());
  std::vector<std::string> groups;
  for (const RatedImage& image : rated.images) groups.push_back(image.group);
  const int threads = thread_count(options.threads);
  LoadedRows rows(open_rated_images(std::move(rated)), {.threads = threads, .depth = 2 * threads});
  LinearTrained trained;
  std::vector<RatedStatistics> images;
  std::vector<std::string> groups_read;
  std::vector<double> means;
  for (std::int64_t at = 0; !progress || progress("images", at, total); ++at) {
    const auto loaded = rows.next();
    if (!loaded) break;
    const PreferenceExample& example = loaded->row.example;
    const Rating& rating = example.ratings[0];
    trained.data_hash =
        trained.data_hash * 31 + text_hash(fmt::format("{} {}", example.id, rating.mean));
    try {
      if (loaded->error) std::rethrow_exception(loaded->error);
      images.push_back({image_statistics(loaded->images[0]), rating});
      means.push_back(rating.mean);
      groups_read.push_back(groups[static_cast<std::size_t>(at)]);
    } catch (const Error& error) {
      leave_out(example.id, error, trained);
    }
  }
  require(!images.empty(), "None of the images of '{}' could be read; the first: {}", options.data,
          trained.failures.empty() ? "" : trained.failures.front().second);
  trained.scorer = fit_linear_ratings(
      images, draw_rated_pairs(means, groups_read, reading.ratings, reading.seed), options.ridge,
      options.data);
  return trained;
}

LinearTrained from_dataset(const LinearTrainOptions& options, const Progress& progress) {
  DatasetOptions reading = options.dataset;
  reading.seed = options.seed;
  if (holds_ratings(options.data, reading)) return from_ratings(options, reading, progress);
  const int threads = thread_count(options.threads);
  LoadedRows rows(open_dataset(options.data, reading), {.threads = threads, .depth = 2 * threads});
  LinearTraining training;
  LinearTrained trained;
  while (report(progress, training.pairs(), 0)) {
    const auto loaded = rows.next();
    if (!loaded) break;
    trained.data_hash = trained.data_hash * 31 + row_hash(loaded->row);
    try {
      if (loaded->error) std::rethrow_exception(loaded->error);
      add_pairs(*loaded, training);
    } catch (const Error& error) {
      leave_out(loaded->row.example.id, error, trained);
    }
  }
  require(training.pairs() > 0 || trained.failures.empty(),
          "None of the examples of '{}' could be used; the first that failed: {}", options.data,
          trained.failures.empty() ? "" : trained.failures.front().second);
  trained.scorer = training.fit(options.ridge, options.data);
  return trained;
}

}  // namespace

LinearTrained train_linear(const LinearTrainOptions& options, const Progress& progress) {
  if (!options.data.empty()) return from_dataset(options, progress);
  const std::string source =
      fmt::format("synthetic pairs, seed {}, long side {}, {:.0f} % of one photo", options.seed,
                  options.synth.working_size, 100 * options.synth.same_photo);
  const PhotoSet photos(options.photos, options.dataset.image);
  return {.scorer = from_synth(photos, options, progress).fit(options.ridge, source),
          .failures = {},
          .data_hash = photos.fingerprint()};
}

}  // namespace juror
