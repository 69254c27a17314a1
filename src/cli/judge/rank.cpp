// juror rank: pictures best first, with win probabilities, intervals and reasons.
#include <optional>
#include <utility>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/judge/pairs_plan.h"
#include "cli/judge/people.h"
#include "cli/judge/rank_options.h"
#include "cli/judge/rank_output.h"
#include "cli/judge/warnings.h"
#include "cli/rows.h"
#include "judge/rank.h"
#include "preference/pair_order.h"

namespace juror {
namespace {

void require_two(const std::vector<std::string>& paths) {
  require(!paths.empty(),
          "Pictures to rank are missing: juror rank \"PROMPT\" IMAGE …, or a folder of them.");
  require(paths.size() >= 2, "A ranking needs two pictures or more, and '{}' is the only one.",
          paths.front());
}

/// What --dry-run plans: as many pairs as would be compared.
std::vector<PairIndex> planned_pairs(const RankingSession& session) {
  std::vector<PairIndex> pairs = pairs_in_rounds(session.images());
  pairs.resize(static_cast<std::size_t>(session.budget()));
  return pairs;
}

int rank(RankOptions& options, JudgeLoader engine, Context& context) {
  options.judge.seed = options.ranking.seed = context.global.seed;
  require(options.session.budget != 0,
          "A budget of 0 comparisons ranks nothing. Give 1 or more, or leave --budget out.");
  require(options.from.empty() || options.ratings.empty(),
          "--ratings stands beside one ranking, and --from makes many.");
  if (!options.from.empty()) return rank_groups(options, engine, context);
  require_prompt_first(options.prompt, "juror rank");
  const std::vector<std::string> paths = picture_paths(options.images, options.recursive);
  require_two(paths);
  require_stdin_once(paths);
  parse_color(options.image.background);  // refused before a model is loaded
  std::optional<PeoplesTable> people;
  if (!options.ratings.empty()) people = read_peoples_table(options.ratings);
  if (people) peoples_means(*people, paths);  // refused likewise
  const LoadedJudge loaded = load_judge(options, engine, context);
  const Calibration calibration = find_calibration(options, loaded, context);
  Judge& judge = *loaded.judge;
  warn_of_ignored_prompt(judge, options.prompt, context);
  LoadedPictures pictures = read_pictures(judge, paths, options.image, context);
  const std::size_t n = pictures.candidates.size();
  require(n >= 2, "{} of {} pictures could be read, and a ranking needs two.", n, paths.size());
  if (people) pictures.people = peoples_means(*people, pictures.paths);
  if (n > 2 && shown_at_once(options, judge) > 2)
    return rank_pictures_by_lists(options, loaded, std::move(pictures), context);
  const RankingSession session(n, options.session, options.ranking);
  if (options.dry_run)
    return print_estimate(loaded, options, options.prompt, pictures, planned_pairs(session),
                          context);

  RankingTask task{
      .prompt = options.prompt, .candidates = std::move(pictures.candidates), .session = session};
  const double seconds = rank_candidates(task, judge, options.judge, context.progress());
  context.terminal.end_progress();
  const std::string nothing = context.interrupted() ? "" : why_nothing_compared(task);
  require(nothing.empty(), "{}", nothing);
  if (n > kFewImages)
    context.terminal.say(LogLevel::kInfo, fmt::format("{} comparisons in {:.1f} s",
                                                      task.comparisons.size(), seconds));
  RankedPictures ranked = ranked_pictures(task, calibration, judge.prompt_template().criteria);
  if (context.interrupted()) ranked.stopped.reset();
  return print_ranking(options, loaded, pictures, ranked, context);
}

}  // namespace

Command rank_command(JudgeLoader engine) {
  return make_judging_command<RankOptions>(
      {.name = "rank",
       .summary = "Rank pictures, best first, with intervals and reasons",
       .examples = {{"juror rank \"\" photos/*.jpg", "which photo is technically best (mini)"},
                    {"juror rank \"\" holiday --effort low --stop-top-k 5",
                     "a folder, quickly: until the best five are told apart"},
                    {"juror rank \"\" holiday --budget 300 --early-stop 0.95",
                     "at most 300 comparisons, fewer votes where they agree"},
                    {"juror rank --from prompts.jsonl --output-dir runs/ranked",
                     "thousands of groups; continue with --resume"},
                    {"juror rank \"a red bicycle\" *.png --model Qwen/Qwen2.5-VL-3B-Instruct "
                     "--votes 8 --json",
                     "for a prompt"},
                    {"juror rank \"a red bicycle\" *.png --judge-url http://localhost:8000",
                     "by a model at a server"}},
       .formats = kListFormats,
       .notes =
           "The interval is of the win probability against the average picture of the set. It "
           "covers "
           "the sampling of votes alone: that the judge itself may be wrong is not in it. Pictures "
           "whose intervals overlap are tied: these votes do not tell them apart. Above 10 "
           "pictures the "
           "pairs that say most are compared (docs/ranking.md)."},
      engine, rank);
}

}  // namespace juror
