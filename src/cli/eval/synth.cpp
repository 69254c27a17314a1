// juror eval synth: how good a judge is on photo pairs whose truth is known.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/judge/judging.h"
#include "cli/judge/judging_json.h"
#include "cli/judge/warnings.h"
#include "cli/run_record.h"
#include "cli/table.h"
#include "eval/synth_eval.h"
#include "image/options.h"

namespace juror {
namespace {

struct EvalSynthOptions : JudgingOptions {
  SynthEvalOptions eval;
  std::string photos = ".deps/photos/heldout";
  ImageOptions image;

  template <class Field>
  void fields(Field&& field) {
    field("photos", photos,
          "Folder of photos that the model was not trained on (scripts/photos fetches them)");
    eval.fields(field);
    who(field);
    judge.fields(field);
    remote.fields(field);
    image.fields(field);
  }
};

/// How a number is written: in percent or as it is.
struct Form {
  double scale = 1;
  int digits = 2;
  const char* unit = "";
};
constexpr Form kPercent = {100, 1, " %"}, kFinePercent = {100, 2, " %"}, kPlain = {1, 2},
               kFine = {1, 4};

/// "93.5 % (90.8-95.7, n=460)"; "-" where nothing was counted.
std::string text_of(const PhotoShare& share, const Form& form) {
  if (!share) return "-";
  const auto number = [&](double value) {
    return fmt::format("{:.{}f}", form.scale * value, form.digits);
  };
  return fmt::format("{}{} ({}-{}, n={})", number(share->value), form.unit,
                     number(share->interval.low), number(share->interval.high), share->n);
}

struct Measure {
  const char* title;
  PhotoShare SynthEvalPart::*share;
  Form form;
};

constexpr Measure kMeasures[] = {
    {"right, all pairs", &SynthEvalPart::all, kPercent},
    {"right, middle difference", &SynthEvalPart::middle, kPercent},
    {"right, clear difference", &SynthEvalPart::clear, kPercent},
    {"always the first", &SynthEvalPart::always_first, kPercent},
    {"same in both orders", &SynthEvalPart::same_both_orders, kPercent},
    {"unread votes", &SynthEvalPart::unread, kFinePercent},
    {"defects named, F1", &SynthEvalPart::f1, kPlain},
    {"severity word right", &SynthEvalPart::severity_right, kPlain},
    {"Brier", &SynthEvalPart::brier, kFine}};

std::string summary_table(const std::vector<SynthEvalPart>& parts, bool color) {
  Table table{.columns = {{"pairs of"}}, .rows = {}};
  for (const SynthEvalPart& part : parts) table.columns.push_back({part.name});
  for (const Measure& measure : kMeasures) {
    std::vector<Cell> row = {Cell(measure.title)};
    for (const SynthEvalPart& part : parts)
      row.push_back(Cell(text_of(part.*measure.share, measure.form)));
    table.rows.push_back(row);
  }
  return table.text(color);
}

/// Accuracy by the widest difference of the pair, and what the thoughts name of each defect.
std::string defect_table(const SynthEvalPart& part, bool color) {
  Table table{.columns = {{part.name + ": widest difference"}, {"any severity"}}, .rows = {}};
  for (int s = 0; s < kSeverityLevels; ++s)
    table.columns.push_back({std::string(severity_word(static_cast<Severity>(s)))});
  if (part.f1) table.columns.push_back({"named, F1"});
  const auto add_row = [&](std::string_view title, const DifferenceAccuracy& accuracy,
                           const PhotoShare& f1) {
    std::vector<Cell> row = {Cell(std::string(title)), Cell(text_of(accuracy.all, kPercent))};
    for (const PhotoShare& share : accuracy.by_severity)
      row.push_back(Cell(text_of(share, kPercent)));
    if (part.f1) row.push_back(Cell(text_of(f1, kPlain)));
    table.rows.push_back(row);
  };
  for (std::size_t d = 0; d < kDefects; ++d)
    add_row(defect_words(static_cast<Defect>(d)), part.by_defect[d], part.f1_of[d]);
  add_row("any defect", part.any_defect, part.f1);
  return table.text(color);
}

std::string tables_of(const std::vector<SynthEvalPart>& parts, bool color) {
  std::string text = summary_table(parts, color);
  for (const SynthEvalPart& part : parts) text += fmt::format("\n{}", defect_table(part, color));
  return text;
}

int eval_synth(EvalSynthOptions& options, JudgeLoader engine, Context& context) {
  options.eval.seed = options.judge.seed = context.global.seed;
  options.eval.judge = options.judge;
  const PhotoSet photos(options.photos, options.image);  // refused before a model is loaded
  const LoadedJudge loaded = load_judge(options, engine, context);
  const std::vector<SynthEvalPart> parts =
      evaluate_on_synth(*loaded.judge, photos, options.eval, context.progress());
  context.terminal.end_progress();
  warn_of_forced(*loaded.judge, context);
  if (!context.out.json()) {
    context.out.print(tables_of(parts, context.terminal.color_out()));
    return kExitOk;
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const SynthEvalPart& part : parts) rows.push_back(part.json());
  nlohmann::ordered_json run = run_record(context);
  add_judge(loaded, run);
  run["data_hash"] = fmt::format("{:016x}", photos.fingerprint());
  context.out.print_json({{"model", loaded.model},
                          {"photos", options.photos},
                          {"seed", context.global.seed},
                          {"think", options.judge.think},
                          {"votes", options.judge.votes},
                          {"parts", rows},
                          {"run", run}});
  return kExitOk;
}

}  // namespace

Command eval_synth_command(JudgeLoader engine) {
  return make_judging_command<EvalSynthOptions>(
      {.name = "eval synth",
       .summary = "Measure a judge on photo pairs with known defects",
       .examples = {{"juror eval synth --votes 1 --temperature 0",
                     "one greedy thought in each order, held-out photos"},
                    {"juror eval synth --no-think --json", "without thinking"}}},
      engine, eval_synth);
}

}  // namespace juror
