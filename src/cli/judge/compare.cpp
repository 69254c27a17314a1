// juror compare: which of two pictures is better, with what probability, and why.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/judge/judging.h"
#include "cli/judge/judging_json.h"
#include "cli/judge/pairs_plan.h"
#include "cli/judge/pictures.h"
#include "cli/judge/warnings.h"
#include "cli/table.h"
#include "cli/visible_text.h"
#include "image/decode.h"
#include "judge/calibration_file.h"
#include "judge/comparison_json.h"
#include "judge/reasons.h"

namespace juror {
namespace {

struct CompareOptions : JudgingOptions {
  std::string prompt, first, second;
  ImageOptions image;
  template <class Argument>
  void arguments(Argument&& argument) {
    argument("PROMPT", prompt,
             "What the pictures should show; \"\" where the template needs no prompt");
    argument("FIRST", first, "A picture");
    argument("SECOND", second, "Another picture");
  }
  template <class Field>
  void fields(Field&& field) {
    JudgingOptions::fields(field);
    image.fields(field);
  }
};

/// How much of a server's probability the two choices had, or that it showed none; "" of a model
/// here.
std::string seen_text(const std::vector<Vote>& votes) {
  double mass = 0;
  std::int64_t known = 0, from_answer = 0;
  for (const Vote& vote : votes) {
    from_answer += vote.verdict.p_from_answer ? 1 : 0;
    if (std::isnan(vote.verdict.choice_mass)) continue;
    mass += vote.verdict.choice_mass;
    ++known;
  }
  std::string text;
  if (known > 0)
    text += fmt::format("; 1 and 2 had {:.1f} % of the probability",
                        100 * mass / static_cast<double>(known));
  if (from_answer > 0) text += fmt::format("; {} by the answer alone, p 0 or 1", from_answer);
  return text;
}

/// What the policy saved, and what speaks against the votes; "" where there is nothing.
std::string doubt_text(const Comparison& comparison) {
  std::string text;
  if (comparison.votes_saved > 0)
    text += fmt::format("; {} votes saved by stopping early", comparison.votes_saved);
  if (comparison.listened > 0)
    text += fmt::format("; {} of {} thoughts speak for the other picture",
                        comparison.contradictions, comparison.listened);
  return text;
}

/// "By criterion (win probability of the first): quality 0.812, …", or "".
std::string criteria_text(const std::vector<std::string>& names, const PairResult& result) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < std::min(names.size(), result.criteria.size()); ++k)
    parts.push_back(std::isnan(result.criteria[k])
                        ? names[k] + " not read"
                        : fmt::format("{} {:.3f}", names[k], result.criteria[k]));
  if (parts.empty()) return "";
  return fmt::format("By criterion (win probability of the first): {}\n", fmt::join(parts, ", "));
}

std::string describe(const CompareOptions& options, const Comparison& comparison,
                     const std::vector<std::string>& criteria, const Context& context) {
  const PairResult& result = comparison.result;
  if (result.status == PairStatus::kUnread) return "No vote could be read.\n";
  const bool first_wins = result.p >= 0.5;
  std::string text = visible_text(first_wins ? options.first : options.second) + " is better";
  if (result.tie) text = "A tie";
  if (result.abstained) text = "No verdict, too close to call";
  text +=
      fmt::format(": win probability of the first {:.3f} ({} votes, {} unread, {} forced{}{})\n",
                  result.p, result.votes, result.unread, result.forced,
                  std::isnan(result.flip_rate)
                      ? ""
                      : fmt::format("; orders disagree in {:.0f} %", 100 * result.flip_rate),
                  seen_text(comparison.votes) + doubt_text(comparison));
  text += criteria_text(criteria, result);
  if (const Vote* vote = typical_vote(comparison.votes, result.p)) {
    const std::string where =
        vote->swapped ? fmt::format("Image 1 is {}, image 2 is {}.", options.second, options.first)
                      : fmt::format("Image 1 is {}, image 2 is {}.", options.first, options.second);
    text += wrap_text(visible_text(where) + " " + visible_lines(vote->verdict.thinking),
                      static_cast<std::size_t>(context.terminal.columns()), 2) +
            "\n";
  }
  return text;
}

int compare(CompareOptions& options, JudgeLoader engine, Context& context) {
  options.judge.seed = context.global.seed;
  require_prompt_first(options.prompt, "juror compare");
  require_stdin_once({options.first, options.second});
  parse_color(options.image.background);  // refused before a model is loaded
  const LoadedJudge loaded = load_judge(options, engine, context);
  const Calibration calibration = find_calibration(options, loaded, context);
  Judge& judge = *loaded.judge;
  warn_of_ignored_prompt(judge, options.prompt, context);
  LoadedPictures pictures{
      .paths = {options.first, options.second}, .candidates = {}, .failures = {}};
  const ImageReader reader(options.image);
  for (const std::string& path : pictures.paths)
    pictures.candidates.push_back(judge.prepare(reader.load(path)));
  const std::vector<PairIndex> pairs = {{0, 1}};
  if (options.dry_run)
    return print_estimate(loaded, options, options.prompt, pictures, pairs, context);
  std::vector<Comparison> comparisons =
      judge.compare(options.prompt, pictures.candidates, pairs, options.judge, context.progress());
  require(!comparisons.empty(), "Stopped before the comparison was finished.");
  Comparison& comparison = comparisons.front();
  comparison.result = calibrated(comparison.result, calibration);
  if (context.out.json()) {
    nlohmann::ordered_json json = {{"prompt", options.prompt},
                                   {"images", {options.first, options.second}}};
    json.update(comparison_json(comparison, judge.prompt_template().criteria));
    json["model"] = loaded.model;
    json["seed"] = context.global.seed;
    json["run"] = judging_record(loaded, pictures.paths, context);
    json["background"] = options.image.background;
    context.out.print_json(json);
  } else {
    context.terminal.end_progress();
    context.out.print(describe(options, comparison, judge.prompt_template().criteria, context));
  }
  warn_of_forced(judge, context);
  return warn_of_unread(comparisons, context) ? kExitOk : kExitSomeFailed;
}

}  // namespace

Command compare_command(JudgeLoader engine) {
  return make_judging_command<CompareOptions>(
      {.name = "compare",
       .summary = "Say which of two pictures is better, how surely and why",
       .examples = {{"juror compare \"\" a.jpg b.jpg", "which photo is technically better (mini)"},
                    {"juror compare \"a red bicycle\" a.png b.png --model "
                     "Qwen/Qwen2.5-VL-3B-Instruct --json",
                     "for a prompt"}}},
      engine, compare);
}

}  // namespace juror
