// juror rank: pictures best first, with win probabilities, intervals and reasons.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/engine/commands.h"
#include "cli/judge/judging.h"
#include "cli/rows.h"
#include "cli/table.h"
#include "image/options.h"
#include "judge/calibration_file.h"
#include "judge/reasons.h"
#include "preference/ranking.h"

namespace juror {
namespace {

struct RankOptions : JudgingOptions {
  std::string prompt;
  std::vector<std::string> images;
  RankingOptions ranking;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("PROMPT", prompt,
             "What the pictures should show; \"\" where the template needs no prompt");
    argument("IMAGE", images, "Pictures to rank, two or more");
  }
  template <class Field>
  void fields(Field&& field) {
    JudgingOptions::fields(field);
    ranking.fields(field);
    image.fields(field);
  }
};

std::vector<PairIndex> all_pairs(std::size_t n) {
  std::vector<PairIndex> pairs;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) pairs.push_back({i, j});
  }
  return pairs;
}

Ranking rank_comparisons(std::size_t n, const std::vector<Comparison>& comparisons,
                         const RankingOptions& options) {
  std::vector<PairReads> reads;
  for (const Comparison& comparison : comparisons) {
    reads.push_back({comparison.pair.first, comparison.pair.second, reads_of(comparison.votes)});
  }
  return rank_images(n, reads, options);
}

/// What most thoughts say of each image, where thoughts have remarks on each; else "".
std::vector<std::string> reasons(std::size_t n, const std::vector<Comparison>& comparisons) {
  std::vector<std::map<std::string, int>> said(n);
  for (const Comparison& comparison : comparisons) {
    for (const Vote& vote : comparison.votes) {
      const auto remarks = image_remarks(vote.verdict.thinking);
      if (!remarks) continue;
      ++said[vote.swapped ? comparison.pair.second : comparison.pair.first][(*remarks)[0]];
      ++said[vote.swapped ? comparison.pair.first : comparison.pair.second][(*remarks)[1]];
    }
  }
  std::vector<std::string> chosen(n);
  for (std::size_t i = 0; i < n; ++i) {
    int most = 0;
    for (const auto& [remark, count] : said[i]) {
      if (count > most) chosen[i] = remark;
      most = std::max(most, count);
    }
  }
  return chosen;
}

nlohmann::ordered_json result_rows(const Pictures& pictures, const Ranking& ranking,
                                   const std::vector<std::string>& why) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::size_t i : ranking.order) {
    const RankedItem& item = ranking.items[i];
    rows.push_back({{"index", i},
                    {"image", pictures.paths[i]},
                    {"rank", item.rank},
                    {"score", item.score},
                    {"ci", {item.score_low, item.score_high}},
                    {"reason", why[i]}});
  }
  return rows;
}

nlohmann::ordered_json ranking_json(const RankOptions& options, const Pictures& pictures,
                                    const Ranking& ranking,
                                    const std::vector<Comparison>& comparisons,
                                    const std::vector<std::string>& why) {
  nlohmann::ordered_json compared = nlohmann::ordered_json::array(), errors = compared;
  for (const Comparison& comparison : comparisons) compared.push_back(comparison_json(comparison));
  for (const auto& [path, reason] : pictures.failures)
    errors.push_back({{"image", path}, {"error", reason}});
  return {{"prompt", options.prompt},
          {"model", options.model},
          {"seed", options.judge.seed},
          {"background", options.image.background},
          {"results", result_rows(pictures, ranking, why)},
          {"comparisons", compared},
          {"cycles", ranking.cycles},
          {"errors", errors}};
}

std::string ranking_table(const Pictures& pictures, const Ranking& ranking,
                          const std::vector<std::string>& why, bool color) {
  Table table{.columns = {{"rank", Align::kRight},
                          {"win probability", Align::kRight},
                          {"95 % interval"},
                          {"image"},
                          {"why"}},
              .rows = {}};
  for (const std::size_t i : ranking.order) {
    const RankedItem& item = ranking.items[i];
    table.rows.push_back({Cell(std::to_string(item.rank)),
                          Cell(fmt::format("{:.3f}", item.score), Style::kBold),
                          Cell(fmt::format("{:.3f} - {:.3f}", item.score_low, item.score_high)),
                          Cell(pictures.paths[i]), Cell(why[i], Style::kDim)});
  }
  return table.text(color);
}

void require_two(const std::vector<std::string>& images) {
  if (images.size() >= 2) return;
  require(!std::filesystem::is_directory(images.front()),
          "'{0}' is a folder, and pictures are expected. Name those in it, for example: juror rank "
          "\"\" {0}/*.jpg",
          images.front());
  throw Error(fmt::format("A ranking needs two pictures or more, and '{}' is the only one.",
                          images.front()));
}

int rank(RankOptions& options, Context& context) {
  options.judge.seed = options.ranking.seed = context.global.seed;
  require_prompt_first(options.prompt, "juror rank");
  require_two(options.images);
  const Calibration calibration = find_calibration(options, context);
  Judge judge = load_judge(options, context);
  warn_of_ignored_prompt(judge, options.prompt, context);
  const Pictures pictures = read_pictures(judge, options.images, options.image, context);
  require(pictures.candidates.size() >= 2,
          "{} of {} pictures could be read, and a ranking needs two.", pictures.candidates.size(),
          options.images.size());
  const std::vector<PairIndex> pairs = all_pairs(pictures.candidates.size());
  if (options.dry_run)
    return print_estimate(judge, options, options.prompt, pictures, pairs, context);

  std::vector<Comparison> comparisons =
      judge.compare(options.prompt, pictures.candidates, pairs, options.judge, context.progress());
  for (Comparison& comparison : comparisons)
    comparison.result = calibrated(comparison.result, calibration);
  const Ranking ranking =
      rank_comparisons(pictures.candidates.size(), comparisons, options.ranking);
  const std::vector<std::string> why = reasons(pictures.candidates.size(), comparisons);
  context.terminal.end_progress();
  if (is_rows(context.out.format())) {
    print_rows(context.out, result_rows(pictures, ranking, why));
  } else if (context.out.json()) {
    context.out.print_json(ranking_json(options, pictures, ranking, comparisons, why));
  } else {
    context.out.print(ranking_table(pictures, ranking, why, context.terminal.color_out()));
    if (comparisons.size() < pairs.size()) {
      context.out.print(
          fmt::format("Partial: {} of {} comparisons.\n", comparisons.size(), pairs.size()));
    }
  }
  return pictures.failures.empty() ? kExitOk : kExitSomeFailed;
}

}  // namespace

Command rank_command() {
  return make_command<RankOptions>(
      {.name = "rank",
       .summary = "Rank pictures, best first, with intervals and reasons",
       .examples = {{"juror rank \"\" photos/*.jpg", "which photo is technically best (mini)"},
                    {"juror rank \"a red bicycle\" *.png --model Qwen/Qwen2.5-VL-3B-Instruct "
                     "--votes 8 --json",
                     "for a prompt"}},
       .formats = kListFormats},
      rank);
}

}  // namespace juror
