#include "eval/synth_eval.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace juror {
namespace {

constexpr double kMiddle = 0.7, kClear = 2.2;
constexpr std::int64_t kChunk = 32;  // pairs held in memory at once

/// One judged pair as the tables need it.
struct Judged {
  double gap = 0;  ///< |Δq|
  bool right = false;
  std::size_t cluster = 0;  ///< the photo
};

Accuracy accuracy_of(const std::vector<Judged>& judged, double low, double high) {
  std::vector<ClusteredValue> values;
  for (const Judged& one : judged) {
    if (one.gap > low && one.gap <= high) values.push_back({one.right ? 1.0 : 0.0, one.cluster});
  }
  Accuracy accuracy{.pairs = static_cast<std::int64_t>(values.size())};
  if (values.empty()) return accuracy;
  for (const ClusteredValue& one : values)
    accuracy.mean += one.value / static_cast<double>(values.size());
  accuracy.interval = clustered_bootstrap(values, {.seed = 1});
  return accuracy;
}

/// Counts what each thought of a pair says of its two pictures; a picture that it leaves out was
/// claimed to be clean.
void count_claims(const Comparison& comparison, const SynthPair& pair, ClaimCounts& counts) {
  for (const Vote& vote : comparison.votes) {
    if (vote.verdict.thinking.empty()) continue;
    const std::vector<ImageClaims> thought = read_thought(vote.verdict.thinking);
    for (const int image : {1, 2}) {
      const auto said = std::find_if(thought.begin(), thought.end(),
                                     [&](const ImageClaims& one) { return one.image == image; });
      const bool is_first = (image == 1) != vote.swapped;
      counts.add(said == thought.end() ? ImageClaims{.image = image} : *said,
                 is_first ? pair.a : pair.b);
    }
  }
}

/// Running sums over the pairs of one part.
struct Sums {
  double brier = 0, flips = 0, saturated = 0;
  std::int64_t read = 0, with_flip = 0, votes = 0, unread = 0, firsts = 0;
};

void add_pair(const Comparison& comparison, const SynthPair& pair, Sums& sums,
              std::vector<Judged>& judged) {
  const PairResult& result = comparison.result;
  const double gap = pair.q1 - pair.q2;
  const bool right = !std::isnan(result.p) && (result.p - 0.5) * gap > 0;
  judged.push_back(
      {.gap = std::abs(gap), .right = right, .cluster = static_cast<std::size_t>(pair.photo1)});
  sums.firsts += gap > 0;
  sums.votes += result.votes;
  sums.unread += result.unread + result.forced;
  if (std::isnan(result.p)) return;
  const double share = static_cast<double>(pair.votes_first) / static_cast<double>(pair.voters);
  sums.brier += (result.p - share) * (result.p - share);
  sums.saturated += result.saturated_share;
  ++sums.read;
  if (std::isnan(result.flip_rate)) return;
  sums.flips += result.flip_rate;
  ++sums.with_flip;
}

SynthEvalPart evaluate_part(Judge& judge, const PhotoSet& photos, const SynthEvalOptions& options,
                            bool same_photo, const Progress& progress) {
  SynthOptions synth = options.synth;
  synth.same_photo = same_photo ? 1.0 : 0.0;
  SynthEvalPart part{.name = same_photo ? "same photo" : "different photos"};
  std::vector<Judged> judged;
  Sums sums;
  for (std::int64_t begin = 0; begin < options.pairs; begin += kChunk) {
    if (progress && !progress(part.name, begin, options.pairs)) break;
    std::vector<SynthPair> pairs;
    std::vector<Candidate> candidates;
    std::vector<PairIndex> indices;
    for (std::int64_t i = begin; i < std::min(begin + kChunk, options.pairs); ++i) {
      pairs.push_back(make_synth_pair(photos, synth, static_cast<std::uint64_t>(options.seed),
                                      static_cast<std::uint64_t>(i)));
      indices.push_back({candidates.size(), candidates.size() + 1});
      candidates.push_back(judge.prepare(pairs.back().first));
      candidates.push_back(judge.prepare(pairs.back().second));
    }
    const std::vector<Comparison> comparisons =
        judge.compare("", candidates, indices, options.judge);
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
      add_pair(comparisons[i], pairs[i], sums, judged);
      count_claims(comparisons[i], pairs[i], part.claims);
    }
  }
  const auto share = [](double sum, std::int64_t n) {
    return n == 0 ? 0.0 : sum / static_cast<double>(n);
  };
  part.all = accuracy_of(judged, 0.0, INFINITY);
  part.middle = accuracy_of(judged, kMiddle, kClear);
  part.clear = accuracy_of(judged, kClear, INFINITY);
  part.always_first =
      share(static_cast<double>(sums.firsts), static_cast<std::int64_t>(judged.size()));
  part.same_both_orders = sums.with_flip == 0 ? NAN : 1.0 - share(sums.flips, sums.with_flip);
  part.brier = share(sums.brier, sums.read);
  part.saturated_share = share(sums.saturated, sums.read);
  part.unread_share = share(static_cast<double>(sums.unread), sums.votes);
  return part;
}

nlohmann::ordered_json accuracy_json(const Accuracy& accuracy) {
  return {{"accuracy", accuracy.mean},
          {"ci", {accuracy.interval.low, accuracy.interval.high}},
          {"pairs", accuracy.pairs}};
}

}  // namespace

nlohmann::ordered_json SynthEvalPart::json() const {
  nlohmann::ordered_json by_defect;
  for (int d = 0; d < kDefects; ++d) {
    const auto at = static_cast<std::size_t>(d);
    by_defect[std::string(defect_name(static_cast<Defect>(d)))] = {
        {"right", claims.right_of[at]},
        {"wrong", claims.wrong_of[at]},
        {"missed", claims.missed_of[at]}};
  }
  return {
      {"name", name},
      {"all", accuracy_json(all)},
      {"middle", accuracy_json(middle)},
      {"clear", accuracy_json(clear)},
      {"always_first", always_first},
      {"same_both_orders", std::isnan(same_both_orders) ? nlohmann::ordered_json(nullptr)
                                                        : nlohmann::ordered_json(same_both_orders)},
      {"brier", brier},
      {"saturated_share", saturated_share},
      {"unread_share", unread_share},
      {"claims_f1", claims.f1()},
      {"severity_share", claims.severity_share()},
      {"claims", by_defect}};
}

std::vector<SynthEvalPart> evaluate_on_synth(Judge& judge, const PhotoSet& photos,
                                             const SynthEvalOptions& options,
                                             const Progress& progress) {
  return {evaluate_part(judge, photos, options, true, progress),
          evaluate_part(judge, photos, options, false, progress)};
}

}  // namespace juror
