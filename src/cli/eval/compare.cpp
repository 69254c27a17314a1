// juror eval compare: two journals of the same data; is the difference real?
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/judge/judging_json.h"
#include "eval/compare_journals.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

struct EvalCompareOptions {
  std::string first, second;
  double tie_band = 0;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("A", first, "Folder of an evaluation, or its journal.jsonl");
    argument("B", second, "The same of another judge on the same data");
  }
  template <class Field>
  void fields(Field&& field) {
    field("tie_band", tie_band,
          "A pair with |p - 0.5| below this is a predicted tie, where the protocol knows ties",
          Range{0.0, 0.5});
  }
};

std::string model_of(const EvalJournal& journal) { return journal.header.value("model", "?"); }

std::string sentence(const Difference& difference, const std::string& first,
                     const std::string& second) {
  return fmt::format(
      "{}: {} {:.1f} %, {} {:.1f} %; difference {:+.1f} points (95 %: {:+.1f} to {:+.1f}): {}\n",
      difference.name, first, 100 * difference.first, second, 100 * difference.second,
      100 * difference.difference, 100 * difference.interval.low, 100 * difference.interval.high,
      difference.is_real ? "real" : "not told apart by this data");
}

bool changes(const Calibration& calibration) {
  return calibration.temperature != 1 || calibration.tie_band != 0;
}

std::string calibration_text(const Calibration& calibration) {
  return fmt::format("temperature {:.3f}, tie band {:.3f}", calibration.temperature,
                     calibration.tie_band);
}

Json json_of(const JournalComparison& comparison, const EvalJournal& first,
             const EvalJournal& second) {
  Json metrics = Json::array();
  for (const Difference& one : comparison.differences) {
    metrics.push_back({{"name", one.name},
                       {"first", one.first},
                       {"second", one.second},
                       {"difference", one.difference},
                       {"ci", {one.interval.low, one.interval.high}},
                       {"real", one.is_real}});
  }
  return {{"protocol", first.header.value("protocol", "")},
          {"first", model_of(first)},
          {"second", model_of(second)},
          {"examples", comparison.examples},
          {"only_first", comparison.only_first},
          {"only_second", comparison.only_second},
          {"first_calibration", calibration_json(comparison.first)},
          {"second_calibration", calibration_json(comparison.second)},
          {"metrics", metrics}};
}

int eval_compare(EvalCompareOptions& options, Context& context) {
  const EvalJournal first = read_journal(options.first), second = read_journal(options.second);
  const JournalComparison comparison =
      compare_journals(first, second, options.tie_band, context.global.seed);
  if (comparison.only_first + comparison.only_second > 0) {
    context.terminal.say(LogLevel::kWarning,
                         fmt::format("{} examples stand in the first journal only and {} in the "
                                     "second only: they are left out.",
                                     comparison.only_first, comparison.only_second));
  }
  if (context.out.json()) {
    context.out.print_json(json_of(comparison, first, second));
    return kExitOk;
  }
  const std::string protocol = first.header.value("protocol", "");
  context.out.print(fmt::format("{} examples by the protocol {}; {} drawn again for both at once\n",
                                comparison.examples, protocol,
                                find_protocol(protocol).of_ratings ? "images" : "prompts"));
  if (changes(comparison.first) || changes(comparison.second))
    context.out.print(fmt::format("calibrations: the first {}; the second {}\n",
                                  calibration_text(comparison.first),
                                  calibration_text(comparison.second)));
  const bool same_name = model_of(first) == model_of(second);
  for (const Difference& one : comparison.differences) {
    context.out.print(sentence(one, same_name ? options.first : model_of(first),
                               same_name ? options.second : model_of(second)));
  }
  return kExitOk;
}

}  // namespace

Command eval_compare_command() {
  return make_command<EvalCompareOptions>(
      {.name = "eval compare",
       .summary = "Say whether two judges differ really, from their journals",
       .examples = {{"juror eval compare runs/eval/a runs/eval/b",
                     "paired bootstrap over prompts"}}},
      eval_compare);
}

}  // namespace juror
