// juror rank --from --dry-run: what the groups of a file would take.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/judge/rank_journal.h"
#include "cli/judge/rank_options.h"
#include "image/decode.h"

namespace juror {
namespace {

/// Tokens of one order of a pair of this group; nothing where the voter cannot tell.
std::optional<std::int64_t> tokens_of_a_pair(const PictureGroup& group, const RankOptions& options,
                                             const Judge& judge) {
  const ImageReader reader(options.image);
  const std::vector<CandidateImage> pair = {judge.prepare(reader.load(group.images[0])),
                                            judge.prepare(reader.load(group.images[1]))};
  return judge.prompt_tokens(judge.takes_prompt() ? group.prompt : "", pair,
                             options.judge.thinks());
}

}  // namespace

int print_groups_plan(const RankOptions& options, const LoadedJudge& loaded, Context& context) {
  GroupReader reader(options.from);
  std::int64_t groups = 0, comparisons = 0, pictures = 0;
  std::optional<std::optional<std::int64_t>>
      one_pair;  // of the first group whose pictures can be read
  while (const auto group = reader.next()) {
    ++groups;
    if (group->images.size() < 2) continue;
    pictures += static_cast<std::int64_t>(group->images.size());
    comparisons += RankingSession(group->images.size(), options.session, options.ranking).budget();
    if (one_pair) continue;
    try {
      one_pair = tokens_of_a_pair(*group, options, *loaded.judge);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) throw;
      context.terminal.say(LogLevel::kWarning, error.what());
    }
  }
  std::optional<std::int64_t> pair_tokens;
  if (one_pair && *one_pair) pair_tokens = comparisons * **one_pair;
  return print_plan({.units = "groups",
                     .count = groups,
                     .comparisons = comparisons,
                     .pictures = pictures,
                     .pair_tokens = pair_tokens},
                    options.judge, loaded.cost, context);
}

}  // namespace juror
