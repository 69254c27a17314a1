// juror eval synth: how good a judge is on photo pairs whose truth is known.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "eval/synth_eval.h"

namespace juror {
namespace {

struct EvalSynthOptions : SynthEvalOptions {
  std::string model = "mini";
  std::string prompt_template;
  std::string dtype = "auto";
  std::string photos = ".deps/photos/heldout";

  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
    field("prompt_template", prompt_template,
          "Prompt template: a file, or a name in prompts/; empty: the model's own");
    field("dtype", dtype, "Compute type", OneOf{{"auto", "float32", "bfloat16"}});
    field("photos", photos,
          "Folder of photos that the model was not trained on (scripts/photos fetches them)");
    SynthEvalOptions::fields(field);
  }
};

std::string percent(const Accuracy& accuracy) {
  return fmt::format("{:.1f} % ({:.1f}-{:.1f}, n={})", 100 * accuracy.mean,
                     100 * accuracy.interval.low, 100 * accuracy.interval.high, accuracy.pairs);
}

/// "-" where nothing was claimed, because nothing was thought.
std::string claim_share(const SynthEvalPart& part, double share) {
  const bool is_silent =
      part.claims.named_right + part.claims.named_wrong + part.claims.missed == 0;
  return is_silent ? "-" : fmt::format("{:.2f}", share);
}

std::string table_of(const std::vector<SynthEvalPart>& parts, bool color) {
  Table table{.columns = {{"pairs"},
                          {"all"},
                          {"middle"},
                          {"clear"},
                          {"always first", Align::kRight},
                          {"same in both orders", Align::kRight},
                          {"defects F1", Align::kRight},
                          {"severity word", Align::kRight},
                          {"unread", Align::kRight},
                          {"Brier", Align::kRight}},
              .rows = {}};
  for (const SynthEvalPart& part : parts) {
    table.rows.push_back({Cell(part.name), Cell(percent(part.all)), Cell(percent(part.middle)),
                          Cell(percent(part.clear)),
                          Cell(fmt::format("{:.1f} %", 100 * part.always_first)),
                          Cell(fmt::format("{:.1f} %", 100 * part.same_both_orders)),
                          Cell(claim_share(part, part.claims.f1())),
                          Cell(claim_share(part, part.claims.severity_share())),
                          Cell(fmt::format("{:.2f} %", 100 * part.unread_share)),
                          Cell(fmt::format("{:.4f}", part.brier))});
  }
  return table.text(color);
}

int eval_synth(EvalSynthOptions& options, Context& context) {
  options.seed = options.judge.seed = context.global.seed;
  Judge judge = Judge::load(find_model(options.model), options.prompt_template, options.dtype);
  const std::vector<SynthEvalPart> parts =
      evaluate_on_synth(judge, PhotoSet(options.photos), options, context.progress());
  context.terminal.end_progress();
  if (!context.out.json()) {
    context.out.print(table_of(parts, context.terminal.color_out()));
    return kExitOk;
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const SynthEvalPart& part : parts) rows.push_back(part.json());
  context.out.print_json({{"model", options.model},
                          {"photos", options.photos},
                          {"seed", context.global.seed},
                          {"think", options.judge.think},
                          {"votes", options.judge.votes},
                          {"parts", rows}});
  return kExitOk;
}

}  // namespace

Command eval_synth_command() {
  return make_command<EvalSynthOptions>(
      {.name = "eval synth",
       .summary = "Measure a judge on photo pairs with known defects",
       .examples = {{"juror eval synth --votes 1 --temperature 0",
                     "one greedy thought in each order, held-out photos"},
                    {"juror eval synth --no-think --json", "without thinking"}}},
      eval_synth);
}

}  // namespace juror
