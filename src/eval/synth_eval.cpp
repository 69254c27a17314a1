#include "eval/synth_eval.h"

#include <map>
#include <optional>
#include <utility>

#include "eval/synth_tally.h"

namespace juror {
namespace {

constexpr std::size_t kMostOpen = 256;  // pairs whose comparisons wait for earlier ones

/// A pair under way; its pictures are let go once they are asked about.
struct OpenPair {
  SynthPair pair;
  std::optional<Comparison> comparison = {};
};

SynthEvalPart evaluate_part(Judge& judge, const PhotoSet& photos, const SynthEvalOptions& options,
                            bool same_photo, const Progress& progress) {
  SynthOptions synth = options.synth;
  synth.same_photo = same_photo ? 1.0 : 0.0;
  const std::string name = same_photo ? "same photo" : "different photos";
  SynthTally tally;
  std::map<std::size_t, OpenPair> open;  // by comparison number, which ascends
  std::int64_t made = 0, done = 0;
  while (done < options.pairs && (!progress || progress(name, done, options.pairs))) {
    while (made < options.pairs && open.size() < kMostOpen && judge.has_room()) {
      SynthPair pair = make_synth_pair(photos, synth, static_cast<std::uint64_t>(options.seed),
                                       static_cast<std::uint64_t>(made++));
      const CandidateImage first = judge.prepare(pair.first), second = judge.prepare(pair.second);
      pair.first = pair.second = {};  // pictures are large
      open[judge.ask("", first, second, options.judge)] = {.pair = std::move(pair)};
    }
    if (std::optional<FinishedComparison> one = judge.poll()) {
      if (one->refusal) throw Error(*one->refusal);
      open.at(one->number).comparison = std::move(one->comparison);
    }
    for (; !open.empty() && open.begin()->second.comparison; ++done) {
      tally.add(*open.begin()->second.comparison, open.begin()->second.pair);
      open.erase(open.begin());
    }
  }
  judge.cancel();
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
