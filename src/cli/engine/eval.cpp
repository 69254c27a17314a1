// juror eval: a judge on people's preferences, by the data set's official protocol. HPDv2's test layout so far.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/engine/commands.h"
#include "cli/engine/judging.h"
#include "cli/table.h"
#include "data/hpdv2.h"
#include "eval/hpdv2.h"
#include "image/decode.h"
#include "preference/ranking.h"

namespace juror {
namespace {

struct EvalOptions : JudgingOptions {
  std::string data;
  std::string protocol = "hpdv2";
  bool baselines = false;
  std::int64_t limit = 0;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("DATA", data, "Folder of the data set: test.json and test/ (HPDv2)");
  }
  template <class Field>
  void fields(Field&& field) {
    field("protocol", protocol, "Official protocol", OneOf{{"hpdv2"}});
    field("baselines", baselines, "Also print what people score, and what the order in the file gives away");
    field("limit", limit, "Prompts taken, from the first; 0: all", Range{0, 1e9});
    JudgingOptions::fields(field);
  }
};

/// Scores of the images of one prompt, from all pairs.
std::vector<double> judge_prompt(Judge& judge, const PreferenceExample& example, const JudgeOptions& options) {
  std::vector<Candidate> candidates;
  std::vector<PairIndex> pairs;
  for (const std::string& path : example.images) {
    for (std::size_t i = 0; i < candidates.size(); ++i) pairs.push_back({i, candidates.size()});
    candidates.push_back(judge.prepare(load_image(path)));
  }
  const std::string prompt = judge.prompt_template().user == judge.prompt_template().user_without_prompt ? "" : example.prompt;
  std::vector<PairReads> reads;
  for (const Comparison& comparison : judge.compare(prompt, candidates, pairs, options)) {
    reads.push_back({comparison.pair.first, comparison.pair.second, reads_of(comparison.votes)});
  }
  std::vector<double> scores;
  for (const RankedItem& item : rank_images(candidates.size(), reads).items) scores.push_back(item.strength);
  return scores;
}

int eval(EvalOptions& options, Context& context) {
  options.judge.seed = context.global.seed;
  std::vector<PreferenceExample> examples = read_hpdv2_test(options.data);
  if (options.limit > 0 && static_cast<std::size_t>(options.limit) < examples.size()) examples.resize(static_cast<std::size_t>(options.limit));
  Judge judge = load_judge(options, context);
  const Progress progress = context.progress();
  const auto total = static_cast<std::int64_t>(examples.size());
  std::vector<double> agreement;
  progress("prompts", 0, total);
  for (const PreferenceExample& example : examples) {
    agreement.push_back(hpdv2_agreement(judge_prompt(judge, example, options.judge), mean_ranks(example)));
    if (!progress("prompts", static_cast<std::int64_t>(agreement.size()), total)) break;
  }
  context.terminal.end_progress();
  examples.resize(agreement.size());
  std::vector<ProtocolRow> rows = {mean_over_prompts(options.model, agreement)};
  if (options.baselines) {
    for (ProtocolRow& row : hpdv2_baselines(examples)) rows.push_back(std::move(row));
  }
  const PairCounts counts = count_pairs(examples);
  if (context.out.json()) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const ProtocolRow& row : rows) list.push_back({{"name", row.name}, {"accuracy", row.accuracy}, {"ci", {row.interval.low, row.interval.high}}});
    context.out.print_json({{"protocol", options.protocol}, {"data", options.data}, {"prompts", examples.size()}, {"pairs", counts.pairs},
                            {"human_ties", counts.ties}, {"seed", context.global.seed}, {"rows", list}});
    return kExitOk;
  }
  Table table{.columns = {{"judge"}, {"accuracy", Align::kRight}, {"95 % interval"}}, .rows = {}};
  for (const ProtocolRow& row : rows) {
    table.rows.push_back({Cell(row.name), Cell(fmt::format("{:.1f} %", 100 * row.accuracy)),
                          Cell(fmt::format("{:.1f} - {:.1f}", 100 * row.interval.low, 100 * row.interval.high))});
  }
  context.out.print(fmt::format("HPDv2 protocol: {} prompts, {} pairs, {} of them tied in the mean rank\n", examples.size(), counts.pairs, counts.ties));
  context.out.print(table.text(context.color()));
  return kExitOk;
}

}  // namespace

Command eval_command() {
  return make_command<EvalOptions>(
      {.name = "eval", .summary = "Measure a judge on people's preferences",
       .examples = {{"juror eval DATA --baselines", "HPDv2's test layout, beside what people score"}}},
      eval);
}

}  // namespace juror
