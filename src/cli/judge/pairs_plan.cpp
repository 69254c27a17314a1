#include "cli/judge/pairs_plan.h"

namespace juror {
namespace {

/// Tokens of one order of all pairs; nothing where the voter cannot tell.
std::optional<std::int64_t> pair_tokens(const Judge& judge, const JudgingOptions& options,
                                        const std::string& prompt, const LoadedPictures& pictures,
                                        const std::vector<PairIndex>& pairs) {
  std::int64_t tokens = 0;
  for (const PairIndex& pair : pairs) {
    const std::vector<CandidateImage> shown = {pictures.candidates.at(pair.first),
                                               pictures.candidates.at(pair.second)};
    const auto of_pair = judge.prompt_tokens(prompt, shown, options.judge.thinks());
    if (!of_pair) return std::nullopt;
    tokens += *of_pair;
  }
  return tokens;
}

}  // namespace

int print_estimate(const LoadedJudge& loaded, const JudgingOptions& options,
                   const std::string& prompt, const LoadedPictures& pictures,
                   const std::vector<PairIndex>& pairs, Context& context) {
  return print_plan({.units = "images",
                     .count = static_cast<std::int64_t>(pictures.paths.size()),
                     .comparisons = static_cast<std::int64_t>(pairs.size()),
                     .pictures = static_cast<std::int64_t>(pictures.paths.size()),
                     .pair_tokens = pair_tokens(*loaded.judge, options, prompt, pictures, pairs)},
                    options.judge, loaded.cost, context);
}

}  // namespace juror
