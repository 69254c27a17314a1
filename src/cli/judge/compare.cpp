// juror compare: which of two pictures is better, with what probability, and why.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/engine/commands.h"
#include "cli/judge/judging.h"
#include "cli/table.h"
#include "cli/visible_text.h"
#include "image/decode.h"
#include "judge/calibration_file.h"
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

std::string describe(const CompareOptions& options, const Comparison& comparison,
                     const Context& context) {
  const PairResult& result = comparison.result;
  if (result.status == PairStatus::kUnread) return "No vote could be read.\n";
  const bool first_wins = result.p >= 0.5;
  std::string text = result.tie
                         ? "A tie"
                         : visible_text(first_wins ? options.first : options.second) + " is better";
  text += fmt::format(": win probability of the first {:.3f} ({} votes, {} unread, {} forced{})\n",
                      result.p, result.votes, result.unread, result.forced,
                      std::isnan(result.flip_rate)
                          ? ""
                          : fmt::format("; orders disagree in {:.0f} %", 100 * result.flip_rate));
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

int compare(CompareOptions& options, Context& context) {
  options.judge.seed = context.global.seed;
  require_prompt_first(options.prompt, "juror compare");
  const Calibration calibration = find_calibration(options, context);
  Judge judge = load_judge(options, context);
  warn_of_ignored_prompt(judge, options.prompt, context);
  Pictures pictures{.paths = {options.first, options.second}, .candidates = {}, .failures = {}};
  const ImageReader reader(options.image);
  for (const std::string& path : pictures.paths)
    pictures.candidates.push_back(judge.prepare(reader.load(path)));
  const std::vector<PairIndex> pairs = {{0, 1}};
  if (options.dry_run)
    return print_estimate(judge, options, options.prompt, pictures, pairs, context);
  Comparison comparison =
      judge.compare(options.prompt, pictures.candidates, pairs, options.judge, context.progress())
          .front();
  comparison.result = calibrated(comparison.result, calibration);
  if (context.out.json()) {
    nlohmann::ordered_json json = {{"prompt", options.prompt},
                                   {"images", {options.first, options.second}}};
    json.update(comparison_json(comparison));
    json["model"] = options.model;
    json["seed"] = context.global.seed;
    json["background"] = options.image.background;
    context.out.print_json(json);
  } else {
    context.terminal.end_progress();
    context.out.print(describe(options, comparison, context));
  }
  return comparison.result.status == PairStatus::kUnread ? kExitSomeFailed : kExitOk;
}

}  // namespace

Command compare_command() {
  return make_command<CompareOptions>(
      {.name = "compare",
       .summary = "Say which of two pictures is better, how surely and why",
       .examples = {{"juror compare \"\" a.jpg b.jpg", "which photo is technically better (mini)"},
                    {"juror compare \"a red bicycle\" a.png b.png --model "
                     "Qwen/Qwen2.5-VL-3B-Instruct --json",
                     "for a prompt"}}},
      compare);
}

}  // namespace juror
