#include "preference/ranking_session.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "base/error.h"
#include "preference/logistic.h"
#include "preference/student.h"

namespace juror {
namespace {

constexpr std::size_t kExactImages = 150;  // up to which a fit with all covariances costs nothing

std::int64_t pairs_of(std::size_t n) {
  return static_cast<std::int64_t>(n) * (static_cast<std::int64_t>(n) - 1) / 2;
}

/// Whether the best k are told apart from all others: no gap between one of them and one of the
/// others is within 1.96 of its standard deviations of 0.
bool separates(const std::vector<double>& mean, const std::vector<double>& sd, std::size_t k) {
  std::vector<std::size_t> order(mean.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return mean[a] > mean[b]; });
  for (std::size_t a = 0; a < k; ++a) {
    for (std::size_t b = k; b < order.size(); ++b) {
      const double gap = mean[order[a]] - mean[order[b]];
      if (gap <= kNormal95 * std::hypot(sd[order[a]], sd[order[b]])) return false;
    }
  }
  return true;
}

double widest(const std::vector<double>& mean, const std::vector<double>& sd) {
  double width = 0;
  for (std::size_t i = 0; i < mean.size(); ++i)
    width = std::max(width,
                     logistic(mean[i] + kNormal95 * sd[i]) - logistic(mean[i] - kNormal95 * sd[i]));
  return width;
}

bool meets(const SessionOptions& options, const std::vector<double>& mean,
           const std::vector<double>& sd) {
  if (options.stop_top_k > 0 && separates(mean, sd, static_cast<std::size_t>(options.stop_top_k)))
    return true;
  return options.stop_interval_width > 0 && widest(mean, sd) <= options.stop_interval_width;
}

}  // namespace

std::string_view name(StopReason reason) {
  constexpr std::array<std::string_view, 6> kNames = {"all pairs",   "budget", "token budget",
                                                      "time budget", "top k",  "interval width"};
  return kNames.at(static_cast<std::size_t>(reason));
}

std::int64_t default_budget(std::size_t n) {
  if (n <= kFewImages) return pairs_of(n);
  const auto images = static_cast<double>(n);
  const auto some = static_cast<std::int64_t>(0.74 * images * std::log2(images));
  return std::min(pairs_of(n), std::max(some, pairs_of(kFewImages)));
}

RankingSession::RankingSession(std::size_t n, const SessionOptions& options,
                               const RankingOptions& ranking)
    : n_(n),
      options_(options),
      ranking_(ranking),
      all_pairs_(pairs_of(n)),
      strengths_(n, ranking.prior_sd > 0 ? ranking.prior_sd : kUsualPriorSd),
      asked_(n) {
  require(options.stop_top_k < std::max<std::int64_t>(1, static_cast<std::int64_t>(n)),
          "stop_top_k is {}, and there are {} images: fewer than all can be the best.",
          options.stop_top_k, n);
  budget_ = std::min(all_pairs_, options.budget < 0 ? default_budget(n) : options.budget);
  is_in_rounds_ = n <= kFewImages || (budget_ == all_pairs_ && !has_stop_rule());
  if (budget_ == 0) stopped_ = all_pairs_ == 0 ? StopReason::kAllPairs : StopReason::kBudget;
}

bool RankingSession::has_stop_rule() const {
  return options_.stop_top_k > 0 || options_.stop_interval_width > 0;
}

/// Sets aside what the pair may cost, if it is left.
bool RankingSession::affords(Asked& asked, const PairCost& cost) {
  if (options_.budget_tokens == 0) return true;
  assert(cost != nullptr);
  tokens_of_next_ = cost(asked.pair);
  if (tokens_ + tokens_aside_ + tokens_of_next_ > options_.budget_tokens) return false;
  asked.tokens_aside = tokens_of_next_;
  tokens_aside_ += asked.tokens_aside;
  return true;
}

std::vector<PairIndex> RankingSession::next(std::size_t most, double elapsed_s,
                                            const PairCost& cost) {
  std::vector<PairIndex> pairs;
  if (is_time_up(elapsed_s) && (!stopped_ || missing_ > 0)) stopped_ = StopReason::kSeconds;
  while (!stopped_ && pairs.size() < most) {
    if (handed_out_ == pairs_.size()) choose_batch();
    if (stopped_ || handed_out_ == pairs_.size()) break;
    if (!affords(pairs_[handed_out_], cost)) {
      if (missing_ == 0) stopped_ = StopReason::kTokens;
      break;  // what is under way may turn out cheaper than it could be
    }
    pairs.push_back(pairs_[handed_out_++].pair);
    ++missing_;
    if (asked() == budget_)
      stopped_ = budget_ == all_pairs_ ? StopReason::kAllPairs : StopReason::kBudget;
  }
  return pairs;
}

/// Adds a batch, or says why there is none; does neither while the batch before the last misses
/// reads.
void RankingSession::choose_batch() {
  const std::size_t batches = untold_.size();
  if (batches >= 2 && untold_[batches - 2] > 0) return;
  const auto left = static_cast<std::size_t>(budget_ - asked());
  if (is_in_rounds_ && !has_stop_rule()) return add_batch(rounds(all_pairs_, left));
  std::vector<PairReads> known;
  std::vector<PairIndex> pending;
  double reads = 0;
  for (const Asked& one : pairs_) {
    if (one.batch + 1 >= batches) {
      pending.push_back(one.pair);
    } else if (!one.reads.empty()) {
      known.push_back({one.pair.first, one.pair.second, one.reads});
      reads += static_cast<double>(one.reads.size());
    }
  }
  if (is_good_enough(known)) return;
  if (is_in_rounds_) return add_batch(rounds(static_cast<std::int64_t>(n_ / 2), left));
  fit(strengths_, wins_to_fit(n_, known, ranking_.prior_sd),
      fits_spread(n_, ranking_.prior_sd) ? SpreadFit::kAll : SpreadFit::kNone);
  const std::size_t size = std::max<std::size_t>(4, n_ / 8);
  add_batch(
      choose_pairs(strengths_, asked_, pending,
                   {.count = std::min(left, size),
                    .reads_a_pair = known.empty() ? 8 : reads / static_cast<double>(known.size()),
                    .top_k = options_.stop_top_k,
                    .seed = static_cast<std::uint64_t>(ranking_.seed)}));
}

/// The next pairs of the rounds.
std::vector<PairIndex> RankingSession::rounds(std::int64_t count, std::size_t left) const {
  const std::vector<PairIndex> all = pairs_in_rounds(n_);
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(pairs_.size());
  return {begin,
          begin + std::min(static_cast<std::ptrdiff_t>(left), static_cast<std::ptrdiff_t>(count))};
}

void RankingSession::add_batch(const std::vector<PairIndex>& pairs) {
  for (const PairIndex& pair : pairs) {
    place_of_[pair] = pairs_.size();
    asked_.insert(pair);
    pairs_.push_back({.pair = pair, .batch = untold_.size(), .reads = {}});
  }
  untold_.push_back(pairs.size());
  if (pairs.empty()) stopped_ = StopReason::kAllPairs;
}

/// Looks at the stop rules; the cheap fit's intervals are too narrow rather than too wide, so many
/// images get an exact one only when those meet a rule.
bool RankingSession::is_good_enough(std::span<const PairReads> reads) {
  if (!has_stop_rule() || reads.empty()) return false;
  if (n_ > kExactImages) {
    std::vector<double> sd;
    for (const double variance : strengths_.variance) sd.push_back(std::sqrt(variance));
    if (!meets(options_, strengths_.mean, sd)) return false;
  }
  const RankingFit exact = fit_ranking(n_, reads, ranking_.prior_sd);
  if (!meets(options_, exact.strengths.mean, exact.sd)) return false;
  const bool is_narrow = options_.stop_interval_width > 0 &&
                         widest(exact.strengths.mean, exact.sd) <= options_.stop_interval_width;
  stopped_ = is_narrow ? StopReason::kIntervalWidth : StopReason::kTopK;
  return true;
}

void RankingSession::tell(const PairIndex& pair, std::vector<Read> reads, std::int64_t tokens) {
  const auto place = place_of_.find(pair);
  require(place != place_of_.end() && place->second < handed_out_ && !pairs_[place->second].is_told,
          "A ranking was told of the pair ({}, {}), which it does not wait for.", pair.first,
          pair.second);
  Asked& asked = pairs_[place->second];
  asked.is_told = true;
  asked.reads = std::move(reads);
  --untold_[asked.batch];
  --missing_;
  tokens_ += tokens;
  tokens_aside_ -= asked.tokens_aside;
}

Ranking RankingSession::ranking() const {
  std::vector<PairReads> reads;
  for (const Asked& one : pairs_) {
    if (one.is_told) reads.push_back({one.pair.first, one.pair.second, one.reads});
  }
  std::sort(reads.begin(), reads.end(), [](const PairReads& a, const PairReads& b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
  return rank_images(n_, reads, ranking_);
}

}  // namespace juror
