// Options of juror rank.
#pragma once

#include <string>
#include <vector>

#include "cli/judge/judging.h"
#include "preference/ranking_session.h"

namespace juror {

struct RankOptions : JudgingOptions {
  std::string prompt;
  std::vector<std::string> images;
  bool recursive = false;
  std::string from, output_dir;
  bool resume = false;
  SessionOptions session;
  RankingOptions ranking;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("PROMPT", prompt,
             "What the pictures should show; \"\" where the template needs no prompt", AtLeast{0});
    argument("IMAGE", images, "Pictures to rank, two or more, or folders of them", AtLeast{0});
  }
  template <class Field>
  void fields(Field&& field) {
    session.fields(field);
    field("recursive", recursive, "Take the pictures in subfolders of a folder too");
    field("from", from,
          "Rank many groups: a file with {\"prompt\", \"images\"} on each line, \"id\" if wanted");
    field("output_dir", output_dir, "With --from: the folder of journal.jsonl and rankings.jsonl");
    field("resume", resume, "With --from: continue the journal in the output folder");
    JudgingOptions::fields(field);
    ranking.fields(field);
    image.fields(field);
  }

  /// Whether somebody bounded the comparisons or said when they suffice.
  bool has_bounds() const {
    return session.budget >= 0 || session.budget_tokens > 0 || session.budget_seconds > 0 ||
           session.stop_top_k > 0 || session.stop_interval_width > 0;
  }
};

/// juror rank --from --dry-run: as if all pairs were those of the first group that can be read.
int print_groups_plan(const RankOptions& options, const LoadedJudge& loaded, Context& context);

/// juror rank --from.
int rank_groups(RankOptions& options, JudgeLoader engine, Context& context);

}  // namespace juror
