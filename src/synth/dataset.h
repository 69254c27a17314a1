// A synthetic data set on disk: lossless pictures, the votes as preference examples, and the truth
// behind them.
//
//   OUT/synth.jsonl          one preference example a pair, with the simulated votes
//   OUT/synth.json           options, seed, and per pair: photos, severities, hidden qualities,
//   whether it is one photo OUT/images/00000-1.png   first picture of pair 0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/log.h"
#include "synth/pairs.h"

namespace juror {

struct SynthDatasetOptions {
  SynthOptions synth;
  std::int64_t pairs = 100;
  std::int64_t seed = 0;     ///< a flag of every command, so not among the fields
  std::int64_t threads = 0;  ///< likewise; 0: as many as the machine has cores

  template <class Field>
  void fields(Field&& field) {
    field("pairs", pairs, "Pairs to make", Range{1, 10'000'000});
    synth.fields(field);
  }
};

/// The truth about one pair of a data set on disk.
struct SynthTruth {
  std::string id;
  bool same_photo = false;
  std::string photo1, photo2;
  Degradation a, b;
  double q1 = 0, q2 = 0;
};

/// Writes the data set; synth.jsonl and synth.json appear last. Returns the number of pairs
/// written: fewer than asked for when `progress` stopped the work. Throws Error if `folder` already
/// holds a data set and when a file cannot be written.
std::int64_t write_synth_dataset(const PhotoSet& photos, const SynthDatasetOptions& options,
                                 const std::filesystem::path& folder, const Progress& progress);

/// Reads synth.json. Throws Error naming the file and the pair and key that are wrong.
std::vector<SynthTruth> read_synth_truth(const std::filesystem::path& file);

}  // namespace juror
