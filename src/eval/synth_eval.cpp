#include "eval/synth_eval.h"

#include <algorithm>

#include "eval/synth_tally.h"

namespace juror {
namespace {

constexpr std::int64_t kChunk = 32;  // pairs held in memory at once

SynthEvalPart evaluate_part(Judge& judge, const PhotoSet& photos, const SynthEvalOptions& options,
                            bool same_photo, const Progress& progress) {
  SynthOptions synth = options.synth;
  synth.same_photo = same_photo ? 1.0 : 0.0;
  const std::string name = same_photo ? "same photo" : "different photos";
  SynthTally tally;
  for (std::int64_t begin = 0; begin < options.pairs; begin += kChunk) {
    if (progress && !progress(name, begin, options.pairs)) break;
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
    for (std::size_t i = 0; i < comparisons.size(); ++i) tally.add(comparisons[i], pairs[i]);
  }
  return tally.part(name);
}

}  // namespace

std::vector<SynthEvalPart> evaluate_on_synth(Judge& judge, const PhotoSet& photos,
                                             const SynthEvalOptions& options,
                                             const Progress& progress) {
  return {evaluate_part(judge, photos, options, true, progress),
          evaluate_part(judge, photos, options, false, progress)};
}

}  // namespace juror
