#include "synth/claim_counts.h"

#include <algorithm>
#include <cstdlib>

namespace juror {
namespace {

/// The claim about the same defect, nullptr where there is none.
const Claim* find_defect(const ImageClaims& claims, Defect defect) {
  const auto found = std::find_if(claims.claims.begin(), claims.claims.end(),
                                  [&](const Claim& claim) { return claim.defect == defect; });
  return found == claims.claims.end() ? nullptr : &*found;
}

}  // namespace

void NamedCounts::add(const NamedCounts& other) {
  right += other.right;
  wrong += other.wrong;
  missed += other.missed;
}

double NamedCounts::f1() const {
  return f1_weight() == 0 ? 1.0
                          : 2.0 * static_cast<double>(right) / static_cast<double>(f1_weight());
}

void ClaimCounts::add(const ImageClaims& said, const Degradation& truth) {
  const ImageClaims truly = true_claims(truth, said.image);
  const auto count = [&](Defect defect, long NamedCounts::*kind) {
    ++(all.*kind);
    ++(of[static_cast<std::size_t>(defect)].*kind);
  };
  for (const Claim& claim : said.claims) {
    const Claim* present = find_defect(truly, claim.defect);
    count(claim.defect, present ? &NamedCounts::right : &NamedCounts::wrong);
    severity_right += present && present->severity == claim.severity;
  }
  for (const Claim& claim : truly.claims) {
    if (!find_defect(said, claim.defect)) count(claim.defect, &NamedCounts::missed);
  }
  if (said.quality < 0) return;
  ++quality_digits;
  quality_error += std::abs(said.quality - truly.quality);
}

void ClaimCounts::add(const ClaimCounts& other) {
  all.add(other.all);
  for (std::size_t d = 0; d < of.size(); ++d) of[d].add(other.of[d]);
  severity_right += other.severity_right;
  quality_digits += other.quality_digits;
  quality_error += other.quality_error;
}

double ClaimCounts::severity_share() const {
  return all.right == 0 ? 0.0
                        : static_cast<double>(severity_right) / static_cast<double>(all.right);
}

}  // namespace juror
