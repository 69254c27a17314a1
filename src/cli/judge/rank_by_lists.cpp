// juror rank with a prompt template that shows several pictures at once.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/judge/judging_json.h"
#include "cli/judge/rank_options.h"
#include "cli/judge/rank_output.h"
#include "cli/judge/warnings.h"
#include "cli/rows.h"
#include "judge/rank_lists.h"
#include "preference/list_choice.h"
#include "records/vote_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kUsualListSize = 4;

Json lists_json(const ListTask& task) {
  Json lists = Json::array();
  for (const ListComparison& list : task.lists)
    lists.push_back({{"list", list.images},
                     {"votes", votes_json(list.comparison.votes)},
                     {"tokens", list.comparison.tokens}});
  return lists;
}

std::string lists_text(const ListTask& task, const Ranking& ranking) {
  return fmt::format(
      "{} lists of up to {} pictures compared (stopped by {}), {} tokens; intervals of win "
      "probability: {}.\n",
      task.lists.size(), task.list_size,
      !task.stopped                            ? "Ctrl-C"
      : *task.stopped == StopReason::kAllPairs ? "all lists"
                                               : name(*task.stopped),
      task.tokens, widths_text(ranking));
}

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

/// The votes as those of pairs, to be counted.
std::vector<Comparison> comparisons_of(const ListTask& task) {
  std::vector<Comparison> all;
  for (const ListComparison& list : task.lists) all.push_back(list.comparison);
  return all;
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
  require(!task.lists.empty() || context.interrupted(),
          "No list was bought: the budget ({}) was over before the first one ended.",
          task.stopped ? name(*task.stopped) : "");
  const RankedPictures ranked{.ranking = task.ranked(),
                              .comparisons = {},
                              .reasons = list_reasons(task),
                              .tokens = task.tokens,
                              .stopped = task.stopped};
  if (is_rows(context.out.format())) {
    print_rows(context.out, result_rows(pictures, ranked));
  } else if (context.out.json()) {
    Json json = {{"prompt", options.prompt},
                 {"model", loaded.model},
                 {"seed", options.judge.seed},
                 {"background", options.image.background}};
    json.update(ranking_json(pictures, ranked));
    json.erase("comparisons");
    json["spent"]["comparisons"] = task.lists.size();
    json["spent"].erase("share");
    json["lists"] = lists_json(task);
    json["run"] = judging_record(loaded, pictures.paths, context);
    context.out.print_json(std::move(json));
  } else {
    context.out.print(ranking_table(pictures, ranked, context.terminal.color_out()) +
                      lists_text(task, ranked.ranking));
  }
  warn_of_forced(judge, context);
  const bool all_read = warn_of_unread(comparisons_of(task), context);
  return pictures.failures.empty() && all_read ? kExitOk : kExitSomeFailed;
}

}  // namespace juror
