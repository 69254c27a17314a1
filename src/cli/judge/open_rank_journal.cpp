#include "cli/judge/open_rank_journal.h"

#include <nlohmann/json.hpp>

#include "cli/judge/judging_json.h"
#include "judge/template_hash.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// What must be the same when a journal is continued.
Json header_of(const RankOptions& options, const LoadedJudge& loaded,
               const Calibration& calibration) {
  Json header = {{"from", options.from},
                 {"model", loaded.model},
                 {"model_hash", loaded.model_hash ? Json(loaded.model_hash()) : Json(nullptr)},
                 {"prompt_hash", template_hash(loaded.judge->prompt_template())},
                 {"dtype", options.compute.dtype},
                 {"background", options.image.background},
                 {"calibration", calibration_json(calibration)},
                 {"budget", options.session.budget},
                 {"budget_tokens", options.session.budget_tokens},
                 {"budget_seconds", options.session.budget_seconds},
                 {"stop_top_k", options.session.stop_top_k},
                 {"stop_interval_width", options.session.stop_interval_width},
                 {"prior_sd", options.ranking.prior_sd},
                 {"bootstrap_replicates", options.ranking.bootstrap_replicates},
                 {"seed", options.judge.seed}};
  header.update(voting_json(options.judge));
  return header;
}

}  // namespace

RankJournal open_rank_journal(const RankOptions& options, const LoadedJudge& loaded,
                              const Calibration& calibration, Context& context) {
  const Json header = header_of(options, loaded, calibration);
  if (!options.resume) return {options.output_dir, header};
  RankJournal journal(options.output_dir, header, hash_groups(options.from, context.progress()));
  context.terminal.end_progress();
  const ResumedRankings& before = journal.resumed();
  const auto say = [&](const std::string& text) { context.terminal.say(LogLevel::kWarning, text); };
  if (before.lost_header)
    say(
        fmt::format("The journal in '{}' ends within its first line and holds no comparison: it is "
                    "begun anew.",
                    options.output_dir));
  if (before.failed > 0)
    say(before.failed == 1
            ? "1 group failed before and is tried again."
            : fmt::format("{} groups failed before and are tried again.", before.failed));
  if (const auto count = before.changed.size(); count > 0)
    say(fmt::format(
        "{} of the groups ranked before {} another prompt or other pictures now ('{}'{}) "
        "and {} ranked anew.",
        count, count == 1 ? "has" : "have", before.changed.front(), count == 1 ? "" : ", …",
        count == 1 ? "is" : "are"));
  return journal;
}

}  // namespace juror
