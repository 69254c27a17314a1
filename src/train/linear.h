// Training of the linear scorer: statistics of the images of a data set, or of synthetic photo
// pairs, and one convex fit.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "data/dataset.h"
#include "judge/linear_scorer.h"
#include "synth/pairs.h"

namespace juror {

struct LinearTrainOptions {
  std::string data;  ///< empty: synthetic pairs
  DatasetOptions dataset;
  std::string photos = ".deps/photos/train";  ///< of the synthetic pairs
  std::int64_t pairs = 4000;
  SynthOptions synth;
  double ridge = 1;
  std::int64_t seed = 0;     ///< a flag of every command, so not among the fields
  std::int64_t threads = 0;  ///< likewise; 0: as many as the machine has cores

  template <class Field>
  void fields(Field&& field) {
    field("photos", photos,
          "Folder of photos that synthetic pairs are made of, where no data set is given");
    field("pairs", pairs, "Synthetic pairs to make", Range{1, 1e7});
    field("ridge", ridge,
          "Pull of the weights to 0, in pairs' worth of evidence (of ratings: in images')",
          Range{1e-9, 1e9});
    nested(field, "synth", synth);
    nested(field, "dataset", dataset);
    dataset.image.fields(field);
  }
};

struct LinearTrained {
  LinearScorer scorer;
  std::vector<std::pair<std::string, std::string>> failures;  ///< example, error
  std::uint64_t data_hash = 0;                                ///< of the examples, or the photos
};

/// Trains on every pair with a label of the data set, or on synthetic pairs with the share of their
/// voters; images are decoded ahead on threads. An example with an image that cannot be read is a
/// failure and the others go on. Of a table of ratings: fit_linear_ratings of its images and pairs
/// drawn of them. Stops reading when `progress` says so and fits what there is.
/// Throws Error as the reader does, and when no pair is left.
LinearTrained train_linear(const LinearTrainOptions& options, const Progress& progress);

}  // namespace juror
