#include "eval/pair_judge.h"

#include <deque>
#include <map>
#include <utility>

#include "preference/logistic.h"

namespace juror {
namespace {

/// A model's comparisons, gathered example by example.
class ModelJudge : public PairJudge {
 public:
  ModelJudge(Judge& judge, JudgeOptions options) : judge_(judge), options_(std::move(options)) {}

  void ask(std::size_t number, const PreferenceExample& example, const std::vector<Image>& images,
           const std::vector<PairIndex>& pairs) override {
    std::vector<CandidateImage> candidates;
    for (const Image& image : images) candidates.push_back(judge_.prepare(image));
    OpenPairs open{.comparisons = std::vector<Comparison>(pairs.size()), .missing = pairs.size()};
    std::vector<std::size_t> asked;
    for (const auto& [first, second] : pairs) {
      asked.push_back(judge_.ask(judge_.takes_prompt() ? example.prompt : "", candidates.at(first),
                                 candidates.at(second), options_));
    }
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      open.comparisons[k].pair = pairs[k];
      places_[asked[k]] = {number, k};
    }
    if (pairs.empty()) return done_.push_back({.number = number, .comparisons = {}, .refusal = {}});
    open_.emplace(number, std::move(open));
  }

  bool has_room() const override { return judge_.has_room(); }

  std::optional<ExampleComparisons> poll() override {
    if (std::optional<FinishedComparison> one = judge_.poll()) take(std::move(*one));
    if (done_.empty()) return std::nullopt;
    ExampleComparisons example = std::move(done_.front());
    done_.pop_front();
    return example;
  }

  void cancel() override {
    judge_.cancel();
    places_.clear();
    open_.clear();
    done_.clear();
  }

 private:
  struct OpenPairs {
    std::vector<Comparison> comparisons;
    std::size_t missing = 0;
    std::optional<Error> refusal = {};
  };
  struct Place {
    std::size_t example = 0, pair = 0;
  };

  void take(FinishedComparison one) {
    const auto known = places_.find(one.number);
    if (known == places_.end()) return;  // of an example of which another pair was refused at once
    const auto [example, pair] = known->second;
    places_.erase(known);
    OpenPairs& open = open_.at(example);
    one.comparison.pair = open.comparisons[pair].pair;
    open.comparisons[pair] = std::move(one.comparison);
    if (one.refusal) open.refusal = one.refusal;
    if (--open.missing > 0) return;
    done_.push_back(
        {.number = example, .comparisons = std::move(open.comparisons), .refusal = open.refusal});
    open_.erase(example);
  }

  Judge& judge_;
  JudgeOptions options_;
  std::map<std::size_t, Place> places_;  // by comparison
  std::map<std::size_t, OpenPairs> open_;
  std::deque<ExampleComparisons> done_;
};

/// A scorer answers at once.
class ScorerJudge : public PairJudge {
 public:
  explicit ScorerJudge(const LinearScorer& scorer) : scorer_(scorer) {}

  void ask(std::size_t number, const PreferenceExample&, const std::vector<Image>& images,
           const std::vector<PairIndex>& pairs) override {
    std::vector<double> scores;
    for (const Image& image : images) scores.push_back(scorer_.score(image_statistics(image)));
    ExampleComparisons example{.number = number, .comparisons = {}, .refusal = {}};
    for (const PairIndex& pair : pairs) {
      const double p = logistic(scores.at(pair.first) - scores.at(pair.second));
      example.comparisons.push_back(
          {.pair = pair,
           .result = {.status = PairStatus::kOk, .p = p, .p_ij = p, .p_ji = p},
           .votes = {}});
    }
    done_ = std::move(example);
  }
  bool has_room() const override { return !done_; }
  std::optional<ExampleComparisons> poll() override { return std::exchange(done_, std::nullopt); }
  void cancel() override { done_.reset(); }

 private:
  LinearScorer scorer_;
  std::optional<ExampleComparisons> done_;
};

}  // namespace

std::unique_ptr<PairJudge> judging_by_model(Judge& judge, const JudgeOptions& options) {
  return std::make_unique<ModelJudge>(judge, options);
}

std::unique_ptr<PairJudge> judging_by_scorer(const LinearScorer& scorer) {
  return std::make_unique<ScorerJudge>(scorer);
}

}  // namespace juror
