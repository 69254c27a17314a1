#include "eval/evaluate.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/random.h"
#include "base/text_hash.h"
#include "preference/logistic.h"

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;

bool is_labelled(const PreferenceExample& example) {
  return !example.ranking.empty() || !example.votes.empty();
}

/// Of a labelled example.
EvalExample describe(const DatasetRow& row, const Protocol& protocol) {
  const PreferenceExample& example = row.example;
  return {.id = example.id,
          .prompt = example.prompt,
          .images = example.images,
          .generators = row.generators,
          .ranks = protocol.ranks_from_votes ? mean_ranks(example) : consensus_ranks(example)};
}

EvalPair describe(const PreferenceExample& example, const Comparison& comparison, double ms) {
  const auto [first, second] = comparison.pair;
  return {.first = first,
          .second = second,
          .share = vote_share(example, first, second).value_or(kUnknown),
          .result = comparison.result,
          .prompt_tokens = comparison.prompt_tokens,
          .completion_tokens = comparison.completion_tokens,
          .ms = ms,
          .votes = comparison.votes};
}

/// Judges examples, or finds them in the journal.
class Loop {
 public:
  Loop(const Protocol& protocol, const PairJudge& judge, const EvalJournal& done,
       JournalWriter& journal, const EvaluateOptions& options)
      : protocol_(protocol), judge_(judge), journal_(journal), options_(options) {
    for (const FinishedExample& example : done.examples) finished_.emplace(example.id, &example);
  }

  /// Safe to call from several threads.
  bool is_finished(const DatasetRow& row) const { return finished_.contains(row.example.id); }

  /// The example as the journal has it, or nothing. Throws Error when it has it of another data
  /// set.
  std::optional<EvalExample> finished(const DatasetRow& row) {
    const auto place = finished_.find(row.example.id);
    if (place == finished_.end()) return std::nullopt;
    EvalExample example = describe(row, protocol_);
    const FinishedExample& before = *place->second;
    require(before.texts == texts_key(example) && before.ranks == example.ranks,
            "The example '{}' has another prompt, other images or ranks in the journal: it is of "
            "another data set.",
            example.id);
    example.sizes = before.sizes;
    example.pairs = before.pairs;
    ++resumed_;
    return example;
  }

  EvalExample judge_now(const DatasetRow& row, LazyImages& images) {
    EvalExample example = describe(row, protocol_);
    judge_pairs(row, images.get(), example);
    return example;
  }

  std::int64_t resumed() const { return resumed_; }
  bool has_all_of_the_journal() const {
    return resumed_ == static_cast<std::int64_t>(finished_.size());
  }

 private:
  void judge_pairs(const DatasetRow& row, const std::vector<Image>& images, EvalExample& example) {
    for (const Image& image : images) example.sizes.push_back({image.width, image.height});
    const auto began = Clock::now();
    const std::vector<PairIndex> pairs =
        pairs_to_judge(example.id, images.size(), options_.budget, options_.origin.seed);
    const std::vector<Comparison> comparisons = judge_(row.example, images, pairs);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - began).count() /
                      static_cast<double>(comparisons.size());
    for (const Comparison& comparison : comparisons)
      example.pairs.push_back(describe(row.example, comparison, ms));
    journal_.append(example, options_.origin);
    for (EvalPair& pair : example.pairs) pair.votes = {};
  }

  const Protocol& protocol_;
  const PairJudge& judge_;
  JournalWriter& journal_;
  const EvaluateOptions& options_;
  std::map<std::string, const FinishedExample*> finished_;
  std::int64_t resumed_ = 0;
};

}  // namespace

PairJudge judging_by_model(Judge& judge, const JudgeOptions& options) {
  return [&judge, options](const PreferenceExample& example, const std::vector<Image>& images,
                           const std::vector<PairIndex>& pairs) {
    std::vector<Candidate> candidates;
    for (const Image& image : images) candidates.push_back(judge.prepare(image));
    const bool takes_prompt = judge.prompt_template().user.find("{prompt}") != std::string::npos;
    return judge.compare(takes_prompt ? example.prompt : "", candidates, pairs, options);
  };
}

PairJudge judging_by_scorer(const LinearScorer& scorer) {
  return [scorer](const PreferenceExample&, const std::vector<Image>& images,
                  const std::vector<PairIndex>& pairs) {
    std::vector<double> scores;
    for (const Image& image : images) scores.push_back(scorer.score(image_statistics(image)));
    std::vector<Comparison> comparisons;
    for (const PairIndex& pair : pairs) {
      const double p = logistic(scores.at(pair.first) - scores.at(pair.second));
      comparisons.push_back({.pair = pair,
                             .result = {.status = PairStatus::kOk, .p = p, .p_ij = p, .p_ji = p},
                             .votes = {}});
    }
    return comparisons;
  };
}

std::vector<PairIndex> pairs_to_judge(const std::string& id, std::size_t n, std::int64_t budget,
                                      std::int64_t seed) {
  std::vector<PairIndex> pairs;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) pairs.push_back({i, j});
  }
  const auto most = static_cast<std::size_t>(budget);
  if (budget <= 0 || most >= pairs.size()) return pairs;
  Random random{static_cast<std::uint64_t>(seed), text_hash(id)};
  for (std::size_t i = 0; i < most; ++i)
    std::swap(pairs[i], pairs[i + random.below(pairs.size() - i)]);
  pairs.resize(most);
  std::sort(pairs.begin(), pairs.end(), [](const PairIndex& a, const PairIndex& b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
  return pairs;
}

const std::vector<Image>& LazyImages::get() {
  if (loaded_.error) std::rethrow_exception(loaded_.error);
  if (!loaded_.is_loaded) {
    for (const ImageSource& source : loaded_.row.images)
      loaded_.images.push_back(load_image(source));
    loaded_.is_loaded = true;
  }
  return loaded_.images;
}

Evaluation evaluate(std::unique_ptr<DatasetReader> reader, const Protocol& protocol,
                    const PairJudge& judge, const EvalJournal& done, JournalWriter& journal,
                    const EvaluateOptions& options, const OnExample& on_example,
                    const Progress& progress) {
  Loop loop(protocol, judge, done, journal, options);
  const auto wanted = [&](const DatasetRow& row) {
    return is_labelled(row.example) && (options.images_of_finished || !loop.is_finished(row));
  };
  LoadedRows rows(std::move(reader),
                  {.threads = options.threads, .depth = 2 * options.threads, .wanted = wanted});
  Evaluation evaluation;
  if (progress) progress("examples", 0, options.total);
  while (std::optional<LoadedRow> loaded = rows.next()) {
    const DatasetRow& row = loaded->row;
    if (!is_labelled(row.example)) {
      ++evaluation.unlabelled;
      continue;
    }
    const std::optional<EvalExample> before = loop.finished(row);
    try {
      LazyImages images(*loaded);
      on_example(row, before ? *before : loop.judge_now(row, images), images);
      ++evaluation.examples;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) throw;
      evaluation.failures.emplace_back(row.example.id, error.what());
      journal.append_failure(row.example.id, error.what());
      log_warning(fmt::format("'{}' is left out: {}", row.example.id, error.what()));
    }
    const std::int64_t seen =
        evaluation.examples + static_cast<std::int64_t>(evaluation.failures.size());
    if (progress && !progress("examples", seen, options.total)) {
      evaluation.is_partial = true;
      break;
    }
  }
  evaluation.resumed = loop.resumed();
  require(evaluation.is_partial || loop.has_all_of_the_journal(),
          "The journal holds examples that the data set does not: it is of another data set.");
  return evaluation;
}

}  // namespace juror
