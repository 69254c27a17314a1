// Options of juror rank.
#pragma once

#include <string>
#include <vector>

#include "cli/judge/judging.h"
#include "cli/judge/pictures.h"
#include "preference/ranking_session.h"

namespace juror {

struct RankOptions : JudgingOptions {
  std::string prompt;
  std::vector<std::string> images;
  bool recursive = false;
  std::string ratings;
  std::string from, output_dir;
  bool resume = false;
  std::int64_t list_size = 0;
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
    field("ratings", ratings,
          "A table of people's ratings of these pictures (docs/data.md), shown beside the judge's");
    field("from", from,
          "Rank many groups: a file with {\"prompt\", \"images\"} on each line, \"id\" if wanted");
    field("output_dir", output_dir, "With --from: the folder of journal.jsonl and rankings.jsonl");
    field("resume", resume, "With --from: continue the journal in the output folder");
    field("list_size", list_size,
          "With a prompt template whose answer is a ranking: pictures shown at once; 0: 4; 2 "
          "compares "
          "pairs",
          ZeroOr{2, 6});
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

/// How many pictures a question shows: 2, or the size of lists. Throws Error for a size where the
/// template has no lists.
std::size_t shown_at_once(const RankOptions& options, const Judge& judge);

/// juror rank by lists, of pictures that were read.
int rank_pictures_by_lists(RankOptions& options, const LoadedJudge& loaded, LoadedPictures pictures,
                           Context& context);

/// juror rank --from --dry-run: as if all pairs were those of the first group that can be read.
int print_groups_plan(const RankOptions& options, const LoadedJudge& loaded, Context& context);

/// juror rank --from.
int rank_groups(RankOptions& options, JudgeLoader engine, Context& context);

}  // namespace juror
