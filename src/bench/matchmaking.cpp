#include "bench/matchmaking.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "preference/logistic.h"
#include "preference/pair_choice.h"
#include "preference/ranking_session.h"

namespace juror {
namespace {

/// A session that may choose among all pairs; with a budget for all it would not choose.
class SessionMatches : public Matchmaker {
 public:
  SessionMatches(std::size_t n, std::uint64_t seed)
      : session_(n, {.budget = static_cast<std::int64_t>(n * (n - 1) / 2) - 1},
                 {.seed = static_cast<std::int64_t>(seed)}) {}
  std::vector<PairIndex> next() override { return session_.next(1 << 20); }
  void tell(const PairReads& reads) override {
    session_.tell({reads.first, reads.second}, reads.reads);
    told_.push_back(reads);
  }
  std::vector<double> strengths() override {
    Strengths fitted(session_.images());
    fit(fitted, wins_to_fit(session_.images(), told_, 0), SpreadFit::kAll);
    return fitted.mean;
  }

 private:
  RankingSession session_;
  std::vector<PairReads> told_;
};

/// What is fitted as the session fits.
class FittedMatches : public Matchmaker {
 public:
  FittedMatches(std::size_t n, std::uint64_t seed) : n_(n), random_{seed, 3}, fitted_(n) {}
  void tell(const PairReads& reads) override { told_.push_back(reads); }
  std::vector<double> strengths() override {
    fit(fitted_, wins_to_fit(n_, told_, 0), SpreadFit::kAll);
    return fitted_.mean;
  }

 protected:
  std::size_t n_;
  Random random_;
  Strengths fitted_;
  std::vector<PairReads> told_;
};

template <class Value>
void shuffle(std::vector<Value>& values, Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

class RandomMatches : public FittedMatches {
 public:
  RandomMatches(std::size_t n, std::uint64_t seed)
      : FittedMatches(n, seed), pairs_(pairs_in_rounds(n)) {
    shuffle(pairs_, random_);
  }
  std::vector<PairIndex> next() override {
    std::vector<PairIndex> some;
    for (; some.size() < std::max<std::size_t>(1, n_ / 4) && !pairs_.empty(); pairs_.pop_back())
      some.push_back(pairs_.back());
    return some;
  }

 private:
  std::vector<PairIndex> pairs_;
};

class SwissMatches : public FittedMatches {
 public:
  SwissMatches(std::size_t n, std::uint64_t seed) : FittedMatches(n, seed), asked_(n) {}
  std::vector<PairIndex> next() override {
    std::vector<std::size_t> order(n_);
    std::iota(order.begin(), order.end(), std::size_t{0});
    shuffle(order, random_);
    const std::vector<double> strength = strengths();
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return strength[a] > strength[b]; });
    std::vector<PairIndex> round;
    std::vector<bool> is_taken(n_, false);
    for (std::size_t a = 0; a < n_; ++a) {
      for (std::size_t b = a + 1; b < n_ && !is_taken[order[a]]; ++b) {
        const PairIndex pair{std::min(order[a], order[b]), std::max(order[a], order[b])};
        if (is_taken[order[b]] || asked_.contains(pair.first, pair.second)) continue;
        is_taken[order[a]] = is_taken[order[b]] = true;
        asked_.insert(pair);
        round.push_back(pair);
      }
    }
    return round;
  }

 private:
  AskedPairs asked_;
};

/// Bottom-up merge sort; the merges of a pass go side by side.
class SortMatches : public Matchmaker {
 public:
  SortMatches(std::size_t n, std::uint64_t seed) : n_(n) {
    Random random{seed, 4};
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    shuffle(order, random);
    for (const std::size_t image : order) runs_.push_back({image});
    begin_pass();
  }
  std::vector<PairIndex> next() override {
    while (true) {
      std::vector<PairIndex> pairs;
      for (const Merge& merge : merges_) {
        if (is_open(merge)) pairs.push_back(pair_of(merge));
      }
      if (!pairs.empty() || runs_.size() <= 1) return pairs;
      end_pass();
    }
  }
  void tell(const PairReads& reads) override {
    for (Merge& merge : merges_) {
      if (!is_open(merge) || pair_of(merge) != PairIndex{reads.first, reads.second}) continue;
      const bool first_leads = order_balanced_mean(reads.reads) >= 0.5;
      const bool left_leads = (merge.left[merge.a] == reads.first) == first_leads;
      merge.out.push_back(left_leads ? merge.left[merge.a++] : merge.right[merge.b++]);
      return;
    }
  }
  /// Until it is sorted, an image's place within its run, as a share.
  std::vector<double> strengths() override {
    std::vector<double> strength(n_);
    for (const Merge& merge : merges_) {
      std::vector<std::size_t> run = merge.out;
      run.insert(run.end(), merge.left.begin() + static_cast<std::ptrdiff_t>(merge.a),
                 merge.left.end());
      run.insert(run.end(), merge.right.begin() + static_cast<std::ptrdiff_t>(merge.b),
                 merge.right.end());
      for (std::size_t k = 0; k < run.size(); ++k)
        strength[run[k]] = -(static_cast<double>(k) + 0.5) / static_cast<double>(run.size());
    }
    return strength;
  }

 private:
  using Run = std::vector<std::size_t>;
  struct Merge {
    Run left, right, out;
    std::size_t a = 0, b = 0;
  };
  static bool is_open(const Merge& merge) {
    return merge.a < merge.left.size() && merge.b < merge.right.size();
  }
  static PairIndex pair_of(const Merge& merge) {
    const std::size_t i = merge.left[merge.a], j = merge.right[merge.b];
    return {std::min(i, j), std::max(i, j)};
  }
  void begin_pass() {
    merges_.clear();
    for (std::size_t k = 0; k < runs_.size(); k += 2)
      merges_.push_back(
          {.left = runs_[k], .right = k + 1 < runs_.size() ? runs_[k + 1] : Run(), .out = {}});
  }
  void end_pass() {
    runs_.clear();
    for (Merge& merge : merges_) {
      Run run = std::move(merge.out);
      run.insert(run.end(), merge.left.begin() + static_cast<std::ptrdiff_t>(merge.a),
                 merge.left.end());
      run.insert(run.end(), merge.right.begin() + static_cast<std::ptrdiff_t>(merge.b),
                 merge.right.end());
      runs_.push_back(std::move(run));
    }
    begin_pass();
  }

  std::size_t n_;
  std::vector<Run> runs_;
  std::vector<Merge> merges_;
};

class TrueSkillMatches : public Matchmaker {
 public:
  TrueSkillMatches(std::size_t n, std::uint64_t seed)
      : random_{seed, 5}, mean_(n, 0.0), variance_(n, kPrior), asked_(n) {}
  /// A quarter of the images, the least known first, each with the likeliest draw.
  std::vector<PairIndex> next() override {
    const std::size_t n = mean_.size();
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    shuffle(order, random_);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return variance_[a] > variance_[b]; });
    std::vector<PairIndex> pairs;
    std::vector<bool> is_taken(n, false);
    for (const std::size_t a : order) {
      if (pairs.size() >= std::max<std::size_t>(1, n / 4)) break;
      if (is_taken[a]) continue;
      std::size_t best = n;
      for (const std::size_t b : order) {
        if (a == b || is_taken[b] || asked_.contains(a, b)) continue;
        if (best == n || quality(a, b) > quality(a, best)) best = b;
      }
      if (best == n) continue;
      is_taken[a] = is_taken[best] = true;
      pairs.push_back({std::min(a, best), std::max(a, best)});
      asked_.insert(pairs.back());
    }
    return pairs;
  }
  void tell(const PairReads& reads) override {
    const std::size_t i = reads.first, j = reads.second;
    const double p = logistic(mean_[i] - mean_[j]), spread = variance_[i] + variance_[j];
    const auto count = static_cast<double>(reads.reads.size());
    const double weight = count * p * (1 - p);
    const double surplus = count * (order_balanced_mean(reads.reads) - p) / (1 + weight * spread);
    mean_[i] += variance_[i] * surplus;
    mean_[j] -= variance_[j] * surplus;
    for (const std::size_t k : {i, j})
      variance_[k] -= variance_[k] * variance_[k] * weight / (1 + weight * spread);
  }
  std::vector<double> strengths() override { return mean_; }

 private:
  static constexpr double kPrior = 1.5 * 1.5,
                          kNoise = 1.7 * 1.7;  // σ is nearly a normal of that sd
  double quality(std::size_t a, std::size_t b) const {
    const double c = kNoise + variance_[a] + variance_[b], gap = mean_[a] - mean_[b];
    return std::exp(-gap * gap / (2 * c)) / std::sqrt(c);
  }

  Random random_;
  std::vector<double> mean_, variance_;
  AskedPairs asked_;
};

class PoeMatches : public Matchmaker {
 public:
  explicit PoeMatches(std::size_t n)
      : precision_(Eigen::MatrixXd::Identity(size(n), size(n)) * kPrior),
        covariance_(Eigen::MatrixXd::Identity(size(n), size(n)) / kPrior),
        sums_(Eigen::VectorXd::Zero(size(n))),
        asked_(n) {}
  std::vector<PairIndex> next() override {
    const Eigen::Index n = sums_.size();
    PairIndex best{0, 0};
    double most = -1;
    for (Eigen::Index j = 1; j < n; ++j) {
      for (Eigen::Index i = 0; i < j; ++i) {
        const double gain = covariance_(i, i) + covariance_(j, j) - 2 * covariance_(i, j);
        if (gain <= most ||
            asked_.contains(static_cast<std::size_t>(i), static_cast<std::size_t>(j)))
          continue;
        most = gain;
        best = {static_cast<std::size_t>(i), static_cast<std::size_t>(j)};
      }
    }
    if (most < 0) return {};
    asked_.insert(best);
    const Eigen::VectorXd column =
        covariance_.col(size(best.first)) - covariance_.col(size(best.second));
    covariance_.noalias() -= column * column.transpose() / (1 + most);
    return {best};
  }
  void tell(const PairReads& reads) override {
    const Eigen::Index i = size(reads.first), j = size(reads.second);
    precision_(i, i) += 1;
    precision_(j, j) += 1;
    precision_(i, j) -= 1;
    precision_(j, i) -= 1;
    const double lead = order_balanced_mean(reads.reads) - 0.5;
    sums_[i] += lead;
    sums_[j] -= lead;
  }
  std::vector<double> strengths() override {
    const Eigen::VectorXd mean = precision_.llt().solve(sums_);
    return {mean.begin(), mean.end()};
  }

 private:
  static constexpr double kPrior = 1e-2;
  static Eigen::Index size(std::size_t n) { return static_cast<Eigen::Index>(n); }
  Eigen::MatrixXd precision_, covariance_;
  Eigen::VectorXd sums_;
  AskedPairs asked_;
};

}  // namespace

std::vector<std::string> matchmaker_names() {
  return {"session", "random", "swiss", "sort", "trueskill", "poe"};
}

std::unique_ptr<Matchmaker> make_matchmaker(std::string_view name, std::size_t n,
                                            std::uint64_t seed) {
  if (name == "session") return std::make_unique<SessionMatches>(n, seed);
  if (name == "random") return std::make_unique<RandomMatches>(n, seed);
  if (name == "swiss") return std::make_unique<SwissMatches>(n, seed);
  if (name == "sort") return std::make_unique<SortMatches>(n, seed);
  if (name == "trueskill") return std::make_unique<TrueSkillMatches>(n, seed);
  if (name == "poe") return std::make_unique<PoeMatches>(n);
  throw Error(fmt::format("There is no way to choose pairs named '{}'.", name));
}

}  // namespace juror
