#include "train/linear.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "data/loaded_rows.h"
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
  const PhotoSet photos(options.photos, options.dataset.image);
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

void add_pairs(const LoadedRow& loaded, LinearTraining& training) {
  std::vector<ImageStatistics> statistics;
  for (const Image& image : loaded.images) statistics.push_back(image_statistics(image));
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    for (std::size_t j = i + 1; j < statistics.size(); ++j) {
      if (const auto share = vote_share(loaded.row.example, i, j))
        training.add(statistics[i], statistics[j], *share);
    }
  }
}

LinearTrained from_dataset(const LinearTrainOptions& options, const Progress& progress) {
  DatasetOptions reading = options.dataset;
  reading.seed = options.seed;
  const int threads = thread_count(options.threads);
  LoadedRows rows(open_dataset(options.data, reading), {.threads = threads, .depth = 2 * threads});
  LinearTraining training;
  LinearTrained trained;
  while (report(progress, training.pairs(), 0)) {
    const auto loaded = rows.next();
    if (!loaded) break;
    try {
      if (loaded->error) std::rethrow_exception(loaded->error);
      add_pairs(*loaded, training);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) throw;
      trained.failures.emplace_back(loaded->row.example.id, error.what());
      log_warning(fmt::format("'{}' is left out: {}", loaded->row.example.id, error.what()));
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
  return {.scorer = from_synth(options, progress).fit(options.ridge, source), .failures = {}};
}

}  // namespace juror
