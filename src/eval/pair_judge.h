// Who judges the pairs of a data set's examples: a model, here or at a server, or a linear scorer.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "image/image.h"
#include "judge/judge.h"
#include "judge/linear_scorer.h"
#include "preference/example.h"

namespace juror {

/// What came of the pairs of one example: a comparison each in the order asked for, or why there is
/// none.
struct ExampleComparisons {
  std::size_t number = 0;
  std::vector<Comparison> comparisons;
  std::optional<Error> refusal;
};

/// Judges pairs of images, of many examples at once.
class PairJudge {
 public:
  virtual ~PairJudge() = default;

  /// Takes an example; what comes of it comes out of `poll` under its number. Throws Error for one
  /// that is refused at once.
  virtual void ask(std::size_t number, const PreferenceExample& example,
                   const std::vector<Image>& images, const std::vector<PairIndex>& pairs) = 0;
  /// Whether another example would be judged sooner if it were asked now.
  virtual bool has_room() const = 0;
  /// Works for a moment and returns an example that is finished, if there is one.
  virtual std::optional<ExampleComparisons> poll() = 0;
  /// Forgets what is not finished.
  virtual void cancel() = 0;
};

/// A vision-language model, here or at a server; prompts are left out where its template has no
/// place for them. `judge` must outlive the result.
std::unique_ptr<PairJudge> judging_by_model(Judge& judge, const JudgeOptions& options);

/// A linear scorer: p without votes.
std::unique_ptr<PairJudge> judging_by_scorer(const LinearScorer& scorer);

}  // namespace juror
