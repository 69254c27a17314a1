// A judge over a data set: every example is judged, written to the journal and handed on. Knows no
// table and no file but the journal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "data/loaded_rows.h"
#include "eval/pair_judge.h"
#include "eval/protocols.h"
#include "records/journal.h"

namespace juror {

/// The pairs of an example with n images that are compared: all, or `budget` of them drawn by seed
/// and id, in ascending order.
std::vector<PairIndex> pairs_to_judge(const std::string& id, std::size_t n, std::int64_t budget,
                                      std::int64_t seed);

/// The images of a row: those that were decoded ahead, else decoded when first asked for and kept.
/// Throws Error naming the image that cannot be read.
class LazyImages {
 public:
  explicit LazyImages(LoadedRow& loaded) : loaded_(loaded) {}
  const std::vector<Image>& get();

 private:
  LoadedRow& loaded_;
};

struct EvaluateOptions {
  std::int64_t budget = 0;  ///< comparisons an example; 0: all
  RecordOrigin origin;
  std::function<std::int64_t()> total = {};  ///< examples expected, for the progress; 0: unknown
  int threads = 1;                           ///< that decode images ahead
  /// Decode those of resumed examples too: `on_example` asks for them.
  bool images_of_finished = false;
};

/// What became of the examples.
struct Evaluation {
  std::int64_t examples = 0;                                  ///< judged, now or before
  std::int64_t resumed = 0;                                   ///< of them, taken from the journal
  std::vector<std::pair<std::string, std::string>> failures;  ///< example, error
  std::int64_t unlabelled = 0;  ///< left out: nobody said which image is better
  bool is_partial = false;      ///< stopped by `progress`
};

/// Called for every example, in the order of the data set. What it throws as an Error of the user
/// (an image that cannot be read) makes the example a failure.
using OnExample =
    std::function<void(const DatasetRow& row, const EvalExample& example, LazyImages& images)>;

/// Judges what `done` (a resumed journal) does not hold, as many examples at once as the judge has
/// room for; images are decoded ahead on threads. The journal and `on_example` get them in the
/// order of the data set. An example whose images cannot be read, or that the judge refuses, is a
/// failure and the others go on. Stops when `progress` says so, or when the judge throws: what is
/// finished by then is in the journal, behind examples that are not perhaps. Throws Error for what
/// the reader refuses, for an example that `done` has with other images or ranks, and when `done`
/// holds examples that the data set does not.
Evaluation evaluate(std::unique_ptr<DatasetReader> reader, const Protocol& protocol,
                    PairJudge& judge, const EvalJournal& done, JournalWriter& journal,
                    const EvaluateOptions& options, const OnExample& on_example,
                    const Progress& progress);

}  // namespace juror
