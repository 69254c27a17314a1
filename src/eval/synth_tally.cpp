#include "eval/synth_tally.h"

#include <algorithm>
#include <cmath>

namespace juror {
namespace {

constexpr double kMiddle = 0.7, kClear = 2.2;
constexpr BootstrapOptions kBootstrap = {.seed = 1};

using Values = std::vector<ClusteredValue>;

PhotoShare share_of(const Values& values) { return measured_share(values, kBootstrap); }

/// F1 of what was named; n counts the defects that are there.
PhotoShare f1_share(const Values& values, const NamedCounts& counts) {
  PhotoShare share = share_of(values);
  if (share) share->n = counts.present();
  return share;
}

void push_f1(Values& values, const NamedCounts& counts, std::size_t photo) {
  if (counts.f1_weight() == 0) return;
  values.push_back(
      {.value = counts.f1(), .cluster = photo, .weight = static_cast<double>(counts.f1_weight())});
}

/// What the thoughts say of the two pictures; a picture that one leaves out was claimed to be
/// clean.
ClaimCounts claims_of(const Comparison& comparison, const SynthPair& pair) {
  ClaimCounts counts;
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
  return counts;
}

}  // namespace

void SynthTally::add(const Comparison& comparison, const SynthPair& pair) {
  add_verdict(comparison.result, pair);
  add_claims(claims_of(comparison, pair), static_cast<std::size_t>(pair.photo1));
}

void SynthTally::add_verdict(const PairResult& result, const SynthPair& pair) {
  const auto photo = static_cast<std::size_t>(pair.photo1);
  const double gap = pair.q1 - pair.q2;
  const bool right = !std::isnan(result.p) && (result.p - 0.5) * gap > 0;
  if (gap != 0)
    decided_.push_back({.gap = std::abs(gap),
                        .difference = widest_difference(pair.a, pair.b),
                        .right = right ? 1.0 : 0.0,
                        .first = gap > 0 ? 1.0 : 0.0,
                        .photo = photo});
  if (result.votes > 0) {
    const auto votes = static_cast<double>(result.votes);
    unread_.push_back({.value = static_cast<double>(result.unread + result.forced) / votes,
                       .cluster = photo,
                       .weight = votes});
  }
  if (std::isnan(result.p)) return;
  const double share = static_cast<double>(pair.votes_first) / static_cast<double>(pair.voters);
  brier_.push_back({.value = (result.p - share) * (result.p - share), .cluster = photo});
  saturated_.push_back({.value = result.saturated_share, .cluster = photo});
  if (!std::isnan(result.flip_rate))
    same_both_orders_.push_back({.value = 1 - result.flip_rate, .cluster = photo});
}

void SynthTally::add_claims(const ClaimCounts& counts, std::size_t photo) {
  claims_.add(counts);
  push_f1(f1_, counts.all, photo);
  for (std::size_t d = 0; d < kDefects; ++d) push_f1(f1_of_[d], counts.of[d], photo);
  if (counts.all.right > 0)
    severity_right_.push_back({.value = counts.severity_share(),
                               .cluster = photo,
                               .weight = static_cast<double>(counts.all.right)});
}

template <class Is>
PhotoShare SynthTally::share_where(Is&& is, double Decided::*value) const {
  Values values;
  for (const Decided& pair : decided_) {
    if (is(pair)) values.push_back({.value = pair.*value, .cluster = pair.photo});
  }
  return share_of(values);
}

template <class Is>
DifferenceAccuracy SynthTally::accuracy_by_severity(Is&& is) const {
  DifferenceAccuracy result{.all = share_where(is), .by_severity = {}};
  for (std::size_t s = 0; s < kSeverityLevels; ++s) {
    result.by_severity[s] = share_where([&](const Decided& pair) {
      return is(pair) && pair.difference.severity == static_cast<Severity>(s);
    });
  }
  return result;
}

SynthEvalPart SynthTally::part(const std::string& name) const {
  const auto any = [](const Decided&) { return true; };
  SynthEvalPart part{.name = name, .claims = claims_};
  part.all = share_where(any);
  part.middle =
      share_where([](const Decided& pair) { return pair.gap > kMiddle && pair.gap <= kClear; });
  part.clear = share_where([](const Decided& pair) { return pair.gap > kClear; });
  part.always_first = share_where(any, &Decided::first);
  part.any_defect = accuracy_by_severity(any);
  part.same_both_orders = share_of(same_both_orders_);
  part.brier = share_of(brier_);
  part.saturated = share_of(saturated_);
  part.unread = share_of(unread_);
  part.f1 = f1_share(f1_, claims_.all);
  part.severity_right = share_of(severity_right_);
  for (std::size_t d = 0; d < kDefects; ++d) {
    part.by_defect[d] = accuracy_by_severity(
        [&](const Decided& pair) { return pair.difference.defect == static_cast<Defect>(d); });
    part.f1_of[d] = f1_share(f1_of_[d], claims_.of[d]);
  }
  return part;
}

}  // namespace juror
