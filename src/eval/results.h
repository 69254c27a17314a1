// The results of an evaluation, gathered example by example: the table of the model, scorers,
// baselines and people, and summary.json.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "eval/baselines.h"
#include "eval/evaluate.h"
#include "eval/opinion.h"
#include "eval/quality.h"
#include "eval/tally.h"

namespace juror {

enum class RowKind { kModel, kScorer, kBaseline, kHuman };

/// "model", "scorer", "baseline", "human".
std::string_view name(RowKind kind);

/// One row of the table.
struct ResultRow {
  std::string name;
  RowKind kind = RowKind::kModel;
  std::vector<Measured> metrics = {};  ///< the first is the headline

  nlohmann::ordered_json json() const;
};

/// Scores of the images of one row of the data; NaN where it has none.
using ImageScorer = std::function<std::vector<double>(const DatasetRow& row, LazyImages& images)>;

struct ResultsOptions {
  std::string model;
  bool baselines = false;  ///< with the rows that look at no pixel, and people
  Calibration calibration;
  std::int64_t seed = 0;  ///< of the bootstraps
  RatingScale scale;      ///< of the ratings, for the protocol `opinion`
};

/// Numbers prompts by their key (records/comparison.h).
using PromptNumbers = std::unordered_map<std::uint64_t, std::size_t>;
std::size_t number_prompt(std::uint64_t prompt_key, PromptNumbers& prompts);

class EvalResults {
 public:
  EvalResults(const Protocol& protocol, const ResultsOptions& options);

  /// Another row: a scorer of single images.
  void add_scorer(const std::string& name, ImageScorer scorer);

  /// Calls the scorers first: what they throw leaves the results as they were.
  void add(const DatasetRow& row, const EvalExample& example, LazyImages& images);

  /// The table, the model first; other rows of which nothing is known are left out.
  std::vector<ResultRow> rows() const;

  std::int64_t examples() const { return examples_; }
  std::int64_t prompts() const { return static_cast<std::int64_t>(prompts_.size()); }
  const JudgeQuality& quality() const { return quality_; }
  nlohmann::ordered_json breakdowns() const { return breakdowns_.json(options_.seed); }
  const Protocol& protocol() const { return *protocol_; }
  /// Of the protocol `opinion`; null for the others.
  const OpinionResults* opinion() const { return opinion_ ? &*opinion_ : nullptr; }

 private:
  struct Scorer {
    std::string name;
    ImageScorer score;
    Tally tally;
  };
  std::size_t number_of(const EvalExample& example);
  void add_baselines(const DatasetRow& row, const JudgedExample& judged);
  void add_opinion(const DatasetRow& row, const JudgedExample& judged,
                   const std::vector<std::vector<double>>& scores);
  std::vector<ResultRow> opinion_rows() const;

  const Protocol* protocol_;
  ResultsOptions options_;
  Tally model_, order_, against_mean_, against_rater_;
  std::vector<Scorer> scorers_;
  GeneratorBaseline generators_;
  JudgeQuality quality_;
  Breakdowns breakdowns_;
  std::optional<OpinionResults> opinion_;
  PromptNumbers prompts_;
  std::int64_t examples_ = 0;
};

/// What an evaluation was, besides its results.
struct SummaryContext {
  nlohmann::ordered_json header;       ///< of the journal
  nlohmann::ordered_json calibration;  ///< object or null
  /// Why it is not the published number, from the options.
  std::vector<std::string> unofficial = {};
};

/// summary.json, without "schema": docs/formats.md.
nlohmann::ordered_json summary_json(const EvalResults& results, const Evaluation& evaluation,
                                    const SummaryContext& context);

}  // namespace juror
