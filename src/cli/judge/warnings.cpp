#include "cli/judge/warnings.h"

#include <fmt/format.h>

namespace juror {

void warn_of_ignored_prompt(const Judge& judge, const std::string& prompt, Context& context) {
  if (prompt.empty() || judge.takes_prompt()) return;
  context.terminal.say(
      LogLevel::kWarning,
      "This model's template takes no prompt: the pictures are judged without it.");
}

bool warn_of_unread(const std::vector<Comparison>& comparisons, Context& context) {
  VoteCounts counts;
  std::int64_t lost = 0;
  for (const Comparison& comparison : comparisons) {
    counts.add(comparison.result);
    lost += comparison.result.status == PairStatus::kUnread;
  }
  if (counts.unread > 0)
    context.terminal.say(
        LogLevel::kWarning,
        fmt::format("{} of {} votes could not be read; {} of {} comparisons have none that counts.",
                    counts.unread, counts.votes, lost, comparisons.size()));
  return lost == 0;
}

void warn_of_forced(const Judge& judge, Context& context) {
  const VoteCounts& counts = judge.vote_counts();
  if (!counts.are_all_forced()) return;
  context.terminal.say(
      LogLevel::kWarning,
      fmt::format("None of {} votes came to an answer of its own: {} were forced. Was the model "
                  "trained with this prompt template (juror_template.toml in its folder, "
                  "--prompt-template)? Is --max-new-tokens enough?",
                  counts.votes, counts.forced));
}

}  // namespace juror
