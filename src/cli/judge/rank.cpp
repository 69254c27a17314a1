// juror rank: pictures best first, with win probabilities, intervals and reasons.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/judge/judging.h"
#include "cli/rows.h"
#include "cli/table.h"
#include "image/options.h"
#include "judge/calibration_file.h"
#include "judge/reasons.h"
#include "preference/pair_order.h"
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

/// All pairs, in an order in which interrupted work has looked at every picture.
std::vector<PairIndex> all_pairs(std::size_t n) {
  std::vector<PairIndex> pairs;
  for (const auto& [first, second] : pairs_in_rounds(n)) pairs.push_back({first, second});
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

/// A reason as one short line of a table; --json has it whole.
std::string cut(const std::string& reason) {
  constexpr std::size_t kMost = 100;  // bytes
  std::string line = reason.substr(0, reason.find('\n'));
  if (line.size() <= kMost && line.size() == reason.size()) return line;
  line.resize(std::min(line.size(), kMost));
  while (!line.empty() && (line.back() & 0xC0) == 0x80) line.pop_back();  // inside a character
  const std::size_t space = line.rfind(' ');
  if (line.size() + 8 > kMost && space != std::string::npos) line.resize(space);
  return line + " …";
}

/// Positions of the pictures that cannot be told from this one: "1-3, 6".
std::string positions_text(const RankedItem& item, const Ranking& ranking) {
  std::string text;
  std::int64_t first = 0, last = 0;  // of the run at hand
  const auto close = [&] {
    if (first == 0) return;
    text += (text.empty() ? "" : ", ") + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  };
  for (const std::size_t other : item.tied_with) {
    const std::int64_t position = ranking.items[other].position;
    if (position != last + 1 || first == 0) {
      close();
      first = position;
    }
    last = position;
  }
  close();
  return text;
}

nlohmann::ordered_json result_rows(const Pictures& pictures, const Ranking& ranking,
                                   const std::vector<std::string>& why) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::size_t i : ranking.order) {
    const RankedItem& item = ranking.items[i];
    rows.push_back({{"index", i},
                    {"image", pictures.paths[i]},
                    {"position", item.position},
                    {"rank", item.rank},
                    {"tied_with", item.tied_with},
                    {"score", item.score},
                    {"ci", {item.score_low, item.score_high}},
                    {"reason", why[i]}});
  }
  return rows;
}

nlohmann::ordered_json ranking_json(const RankOptions& options, const std::string& model,
                                    const Pictures& pictures, const Ranking& ranking,
                                    const std::vector<Comparison>& comparisons,
                                    const std::vector<std::string>& why) {
  nlohmann::ordered_json compared = nlohmann::ordered_json::array(), errors = compared;
  for (const Comparison& comparison : comparisons) compared.push_back(comparison_json(comparison));
  for (const auto& [path, reason] : pictures.failures)
    errors.push_back({{"image", path}, {"error", reason}});
  return {{"prompt", options.prompt},
          {"model", model},
          {"seed", options.judge.seed},
          {"background", options.image.background},
          {"results", result_rows(pictures, ranking, why)},
          {"comparisons", compared},
          {"cycles", ranking.cycles},
          {"errors", errors}};
}

std::string ranking_table(const Pictures& pictures, const Ranking& ranking,
                          const std::vector<std::string>& why, bool color) {
  Table table{.columns = {{"", Align::kRight},
                          {"win probability", Align::kRight},
                          {"95 % interval"},
                          {"tied with"},
                          {"image"},
                          {"why"}},
              .rows = {}};
  for (const std::size_t i : ranking.order) {
    const RankedItem& item = ranking.items[i];
    table.rows.push_back({Cell(std::to_string(item.position)),
                          Cell(fmt::format("{:.3f}", item.score), Style::kBold),
                          Cell(fmt::format("{:.3f} - {:.3f}", item.score_low, item.score_high)),
                          Cell(positions_text(item, ranking)), Cell(pictures.paths[i]),
                          Cell(cut(why[i]), Style::kDim)});
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

int rank(RankOptions& options, JudgeLoader engine, Context& context) {
  options.judge.seed = options.ranking.seed = context.global.seed;
  require_prompt_first(options.prompt, "juror rank");
  require_two(options.images);
  require_stdin_once(options.images);
  parse_color(options.image.background);  // refused before a model is loaded
  const LoadedJudge loaded = load_judge(options, engine, context);
  const Calibration calibration = find_calibration(options, loaded, context);
  Judge& judge = *loaded.judge;
  warn_of_ignored_prompt(judge, options.prompt, context);
  const Pictures pictures = read_pictures(judge, options.images, options.image, context);
  require(pictures.candidates.size() >= 2,
          "{} of {} pictures could be read, and a ranking needs two.", pictures.candidates.size(),
          options.images.size());
  const std::vector<PairIndex> pairs = all_pairs(pictures.candidates.size());
  if (options.dry_run)
    return print_estimate(loaded, options, options.prompt, pictures, pairs, context);

  std::vector<Comparison> comparisons =
      judge.compare(options.prompt, pictures.candidates, pairs, options.judge, context.progress());
  std::sort(comparisons.begin(), comparisons.end(), [](const auto& a, const auto& b) {
    return std::pair(a.pair.first, a.pair.second) < std::pair(b.pair.first, b.pair.second);
  });
  for (Comparison& comparison : comparisons)
    comparison.result = calibrated(comparison.result, calibration);
  const Ranking ranking =
      rank_comparisons(pictures.candidates.size(), comparisons, options.ranking);
  const std::vector<std::string> why = image_reasons(pictures.candidates.size(), comparisons);
  context.terminal.end_progress();
  if (is_rows(context.out.format())) {
    print_rows(context.out, result_rows(pictures, ranking, why));
  } else if (context.out.json()) {
    auto json = ranking_json(options, loaded.model, pictures, ranking, comparisons, why);
    json["run"] = judging_record(loaded, pictures.paths, context);
    context.out.print_json(std::move(json));
  } else {
    context.out.print(ranking_table(pictures, ranking, why, context.terminal.color_out()));
    if (comparisons.size() < pairs.size()) {
      context.out.print(
          fmt::format("Partial: {} of {} comparisons.\n", comparisons.size(), pairs.size()));
    }
  }
  warn_of_forced(judge, context);
  const bool all_read = warn_of_unread(comparisons, context);
  return pictures.failures.empty() && all_read ? kExitOk : kExitSomeFailed;
}

}  // namespace

Command rank_command(JudgeLoader engine) {
  return make_judging_command<RankOptions>(
      {.name = "rank",
       .summary = "Rank pictures, best first, with intervals and reasons",
       .examples = {{"juror rank \"\" photos/*.jpg", "which photo is technically best (mini)"},
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
           "whose intervals overlap are tied: these votes do not tell them apart."},
      engine, rank);
}

}  // namespace juror
