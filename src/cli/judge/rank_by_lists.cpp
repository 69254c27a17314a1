// juror rank with a prompt template that shows several pictures at once.
#include <algorithm>

#include "base/error.h"
#include "cli/judge/rank_options.h"
#include "cli/judge/rank_output.h"
#include "judge/rank_lists.h"
#include "preference/list_choice.h"

namespace juror {
namespace {

constexpr std::size_t kUsualListSize = 4;

int print_lists_plan(const ListTask& task, const LoadedJudge& loaded, const RankOptions& options,
                     Context& context) {
  const std::size_t size = std::min(task.list_size, task.candidates.size());
  const auto tokens = loaded.judge->prompt_tokens(
      task.prompt, std::span(task.candidates).first(size), options.judge.thinks());
  std::optional<std::int64_t> all;
  if (tokens) all = *tokens * task.budget();
  return print_plan({.units = "images",
                     .count = std::ssize(task.candidates),
                     .comparisons = task.budget(),
                     .pair_tokens = all},
                    options.judge, loaded.cost, context);
}

}  // namespace

std::size_t shown_at_once(const RankOptions& options, const Judge& judge) {
  const bool has_lists = judge.prompt_template().format() == AnswerFormat::kRanking;
  require(has_lists || options.list_size == 0,
          "--list-size is {}, and the answer of this prompt template is a {}: --prompt-template "
          "ranking shows several pictures at once.",
          options.list_size, name(judge.prompt_template().format()));
  if (!has_lists) return 2;
  return options.list_size == 0 ? kUsualListSize : static_cast<std::size_t>(options.list_size);
}

int rank_pictures_by_lists(RankOptions& options, const LoadedJudge& loaded, LoadedPictures pictures,
                           Context& context) {
  Judge& judge = *loaded.judge;
  ListTask task{.prompt = options.prompt,
                .candidates = std::move(pictures.candidates),
                .list_size = shown_at_once(options, judge),
                .session = options.session,
                .ranking = options.ranking};
  if (options.dry_run) return print_lists_plan(task, loaded, options, context);
  rank_by_lists(task, judge, options.judge, context.progress());
  context.terminal.end_progress();
  require(!task.lists.empty() || context.interrupted() || task.stopped != StopReason::kTokens,
          "No list was bought: the first may take {} tokens, more than --budget-tokens. Fewer are "
          "taken with --effort low, --votes 1 or a smaller --max-new-tokens.",
          task.tokens_of_next);
  require(!task.lists.empty() || context.interrupted(),
          "No list was bought: the budget ({}) was over before the first one ended.",
          task.stopped ? name(*task.stopped) : "");
  return print_ranking(options, loaded, pictures, ranked_pictures(task), context);
}

}  // namespace juror
