#include "train/linear.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "data/prefetch.h"

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

LinearTraining from_synth(const LinearTrainOptions& options, const Progress& progress) {
  const PhotoSet photos(options.photos);
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

LinearTraining from_dataset(const LinearTrainOptions& options, const Progress& progress) {
  DatasetOptions reading = options.dataset;
  reading.seed = options.seed;
  const auto reader = open_dataset(options.data, reading);
  LinearTraining training;
  while (report(progress, training.pairs(), 0)) {
    const auto row = reader->next();
    if (!row) break;
    std::vector<ImageStatistics> statistics;
    for (const ImageSource& source : row->images)
      statistics.push_back(image_statistics(load_image(source)));
    for (std::size_t i = 0; i < statistics.size(); ++i) {
      for (std::size_t j = i + 1; j < statistics.size(); ++j) {
        if (const auto share = vote_share(row->example, i, j))
          training.add(statistics[i], statistics[j], *share);
      }
    }
  }
  return training;
}

}  // namespace

LinearScorer train_linear(const LinearTrainOptions& options, const Progress& progress) {
  if (options.data.empty()) {
    const std::string source =
        fmt::format("synthetic pairs, seed {}, long side {}, {:.0f} % of one photo", options.seed,
                    options.synth.working_size, 100 * options.synth.same_photo);
    return from_synth(options, progress).fit(options.ridge, source);
  }
  return from_dataset(options, progress).fit(options.ridge, options.data);
}

}  // namespace juror
