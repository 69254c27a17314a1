#include "preference/calibration.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "preference/logistic.h"

namespace juror {
namespace {

constexpr double kLeast = 1e-6;  // p is kept this far from 0 and 1 while fitting
constexpr double kColdest = 0.01, kHottest = 100;
constexpr int kHalvings = 60;
constexpr double kSameLead = 1e-12;  // leads that differ by rounding alone

double logit(double p) { return std::log(p) - std::log1p(-p); }

/// Derivative of the cross-entropy by the inverse temperature β; it grows with β.
double slope(std::span<const Prediction> predictions, double inverse_temperature) {
  double sum = 0;
  for (const Prediction& one : predictions) {
    const double z = logit(std::clamp(one.p, kLeast, 1 - kLeast));
    sum += (logistic(inverse_temperature * z) - one.outcome) * z;
  }
  return sum;
}

}  // namespace

double tempered(double p, double temperature) {
  if (p <= 0 || p >= 1 || temperature == 1) return p;
  return logistic(logit(p) / temperature);
}

double fit_temperature(std::span<const Prediction> predictions) {
  require(!predictions.empty(),
          "A temperature was asked of no predictions. Give at least one that could be read.");
  for (const Prediction& one : predictions) {
    require(one.p >= 0 && one.p <= 1 && one.outcome >= 0 && one.outcome <= 1,
            "A prediction has p = {} and outcome = {}. Both lie between 0 and 1.", one.p,
            one.outcome);
  }
  double low = std::log(1 / kHottest), high = std::log(1 / kColdest);  // of the inverse temperature
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (slope(predictions, std::exp(middle)) > 0 ? high : low) = middle;
  }
  return std::exp(-(low + high) / 2);
}

double fit_tie_band(std::vector<TieChoice> choices) {
  require(!choices.empty(),
          "A tie band was asked of no pairs. Give at least one that could be read.");
  std::sort(choices.begin(), choices.end(),
            [](const TieChoice& a, const TieChoice& b) { return a.lead < b.lead; });
  require(choices.front().lead >= 0 && choices.back().lead <= 0.5,
          "Leads of {} to {} were met. They lie between 0 and 0.5.", choices.front().lead,
          choices.back().lead);
  double gain = 0, best_gain = 0, best = 0;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    gain += choices[i].if_tie - choices[i].if_decided;
    const bool is_last = i + 1 == choices.size();
    if (!is_last && choices[i + 1].lead - choices[i].lead <= kSameLead) continue;
    if (gain <= best_gain + kSameLead) continue;
    best_gain = gain;
    best = is_last ? 0.5 : (choices[i].lead + choices[i + 1].lead) / 2;
  }
  return best;
}

std::vector<CoveragePoint> accuracy_by_coverage(std::vector<Judgement> judgements,
                                                std::int64_t unread, std::int64_t points) {
  std::sort(judgements.begin(), judgements.end(),
            [](const Judgement& a, const Judgement& b) { return a.lead > b.lead; });
  const std::size_t n = judgements.size();
  for (std::size_t begin = 0, end = 0; begin < n; begin = end) {  // equal leads share their mean
    double sum = 0;
    for (; end < n && judgements[begin].lead - judgements[end].lead <= kSameLead; ++end)
      sum += judgements[end].right;
    for (std::size_t i = begin; i < end; ++i)
      judgements[i].right = sum / static_cast<double>(end - begin);
  }
  const double all = static_cast<double>(n) + static_cast<double>(unread);
  std::vector<CoveragePoint> curve;
  double right = 0;
  std::size_t taken = 0;
  for (std::int64_t point = 1; point <= points; ++point) {
    const auto goal =
        std::min(n, static_cast<std::size_t>(std::llround(all * static_cast<double>(point) /
                                                          static_cast<double>(points))));
    for (; taken < goal; ++taken) right += judgements[taken].right;
    const double coverage = static_cast<double>(taken) / all;
    if (taken == 0 || (!curve.empty() && curve.back().coverage >= coverage)) continue;
    curve.push_back({.coverage = coverage,
                     .accuracy = right / static_cast<double>(taken),
                     .confidence = judgements[taken - 1].lead});
  }
  return curve;
}

}  // namespace juror
