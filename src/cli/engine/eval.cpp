// juror eval: a judge on people's preferences, by the data set's official protocol, with a journal that can be resumed.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "cli/engine/commands.h"
#include "cli/engine/eval_print.h"
#include "cli/engine/eval_subject.h"
#include "eval/results.h"
#include "eval/scores_file.h"
#include "judge/calibration_file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The options as they count: the seed of the run everywhere.
DatasetOptions dataset_options(const EvalOptions& options, const Context& context) {
  DatasetOptions dataset = options.dataset;
  dataset.seed = context.global.seed;
  return dataset;
}

void add_scorers(const EvalOptions& options, EvalResults& results, Context& context) {
  fs::path linear = options.linear;
  if (linear.empty() && options.baselines && options.model != "linear") linear = shipped_linear_scorer();
  if (!linear.empty()) {
    results.add_scorer(fmt::format("linear ({})", linear.filename().string()),
                       [scorer = load_linear_scorer(linear)](const DatasetRow&, LazyImages& images) {
                         std::vector<double> scores;
                         for (const Image& image : images.get())
                           scores.push_back(scorer.score(image_statistics(image)));
                         return scores;
                       });
  } else if (options.baselines && options.model != "linear") {
    context.terminal.say(LogLevel::kInfo, "No linear.json beside mini: no row of the linear scorer.");
  }
  for (const std::string& file : options.scores) {
    results.add_scorer(
        fs::path(file).filename().string(),
        [scores = ScoresFile(file)](const DatasetRow& row, LazyImages&) { return scores.scores_of(row.example); });
  }
}

/// What --dry-run says: examples and comparisons of the data set, and the tokens if all pairs were as the first.
int print_plan(const EvalOptions& options, const EvalSubject& subject, Context& context) {
  const auto reader = open_dataset(options.data, dataset_options(options, context));
  std::int64_t examples = 0, comparisons = 0, prompt_tokens = 0;
  while (const auto row = reader->next()) {
    const auto pairs = pairs_to_judge(row->example.id, row->images.size(), options.budget, context.global.seed);
    if (examples++ == 0 && subject.model != nullptr && row->images.size() >= 2) {
      const Candidate first = subject.model->prepare(load_image(row->images[0])),
                      second = subject.model->prepare(load_image(row->images[1]));
      prompt_tokens = subject.model->prompt_tokens(row->example.prompt, first, second, options.judge.think);
    }
    comparisons += static_cast<std::int64_t>(pairs.size());
  }
  const std::int64_t prompts = comparisons * (options.judge.orders == "both" ? 2 : 1);
  const std::int64_t completions = subject.model != nullptr && options.judge.think ? prompts * options.judge.votes : 0;
  if (context.out.json()) {
    context.out.print_json({{"dry_run", true},
                            {"examples", examples},
                            {"comparisons", comparisons},
                            {"completions", completions},
                            {"prompt_tokens", prompts * prompt_tokens},
                            {"completion_tokens_at_most", completions * options.judge.sampling.max_new_tokens}});
  } else {
    context.out.print(fmt::format(
        "{} examples, {} comparisons, {} completions, about {} prompt tokens, at most {} completion tokens.\n",
        examples, comparisons, completions, prompts * prompt_tokens,
        completions * options.judge.sampling.max_new_tokens));
  }
  return kExitOk;
}

/// Begins the journal in `folder`, or continues it.
JournalWriter open_journal(const fs::path& folder, const EvalOptions& options, const Json& header, EvalJournal& done,
                           Context& context) {
  const fs::path file = folder / "journal.jsonl";
  if (options.resume) {
    require(fs::exists(file), "There is nothing to resume: '{}' does not exist.", file.string());
    JournalWriter journal = JournalWriter::resume(file, header, done);
    context.terminal.say(LogLevel::kInfo,
                         fmt::format("Resuming {}: {} examples are finished", file.string(), done.examples.size()));
    return journal;
  }
  JournalWriter journal = JournalWriter::begin(file, header);
  write_file_atomic(folder / "eval.toml", to_toml(context.command.options));
  context.terminal.say(LogLevel::kInfo, fmt::format("Journal {}", file.string()));
  return journal;
}

int exit_code(const EvalOptions& options, const Evaluation& evaluation, const Json& summary, Context& context) {
  const Json& accuracy = summary["rows"][0]["accuracy"];
  if (options.min_accuracy > 0 && (!accuracy.is_number() || accuracy.get<double>() < options.min_accuracy)) {
    context.terminal.say(LogLevel::kWarning, fmt::format("The accuracy of {} is below --min-accuracy {}.",
                                                         percent_text(accuracy), options.min_accuracy));
    return kExitQualityGate;
  }
  return evaluation.failures.empty() ? kExitOk : kExitSomeFailed;
}

int eval(EvalOptions& options, Context& context) {
  options.judge.seed = context.global.seed;
  const Protocol& protocol = find_protocol(options.protocol);
  const auto reader = open_dataset(options.data, dataset_options(options, context));
  const EvalSubject subject = load_subject(options, context);
  if (options.dry_run) return print_plan(options, subject, context);

  SummaryContext about{.header = journal_header(options, subject, context.global.seed),
                       .calibration = nullptr,
                       .is_official = options.budget == 0 && options.dataset.limit == 0 &&
                                      options.dataset.fraction == 1 && options.dataset.world_size == 1};
  ResultsOptions how{.model = options.model,
                     .baselines = options.baselines,
                     .calibration = {.temperature = 1, .tie_band = options.judge.pair.tie_band},
                     .seed = context.global.seed};
  if (const auto file = calibration_path(options.calibration, subject.path)) {
    how.calibration = load_calibration(*file).calibration;
    about.calibration = {
        {"file", file->string()}, {"temperature", how.calibration.temperature}, {"tie_band", how.calibration.tie_band}};
  }
  EvalResults results(protocol, how);
  add_scorers(options, results, context);

  const fs::path folder = eval_folder(options);
  EvalJournal done;
  JournalWriter journal = open_journal(folder, options, about.header, done, context);
  const EvaluateOptions evaluating{
      .budget = options.budget, .origin = {options.model, context.global.seed}, .total = options.dataset.limit};
  const Evaluation evaluation = evaluate(
      *reader, protocol, subject.judge, done, journal, evaluating,
      [&](const DatasetRow& row, const EvalExample& example, LazyImages& images) { results.add(row, example, images); },
      context.progress());
  context.terminal.end_progress();
  require(evaluation.examples > 0, "No example of '{}' could be judged{}.", options.data,
          evaluation.failures.empty() ? ": it is empty"
                                      : fmt::format("; the first: {}", evaluation.failures.front().second));

  Json summary = {{"schema", 1}};
  summary.update(summary_json(results, evaluation, about));
  write_file_atomic(folder / "summary.json", summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  if (context.out.json()) {
    summary["output_dir"] = folder.string();
    context.out.print_json(summary);
  } else {
    context.out.print(eval_text(summary, protocol.title, context.color()));
  }
  return exit_code(options, evaluation, summary, context);
}

}  // namespace

Command eval_command() {
  return make_command<EvalOptions>(
      {.name = "eval",
       .summary = "Measure a judge on people's preferences",
       .examples = {{"juror eval HPDv2 --protocol hpdv2 --baselines",
                     "beside people, the linear scorer and what order and generators give away"},
                    {"juror eval votes.jsonl --protocol pairs --votes 8 --min-accuracy 0.7",
                     "your own votes, as a gate: exit 6 below 70 %"},
                    {"juror eval DATA --protocol pickapic --output-dir runs/eval/x --resume", "continue after Ctrl-C"},
                    {"juror eval DATA --protocol pairs --scores mine.jsonl", "your own scorer in the same table"}},
       .notes = "The journal and summary.json are described in docs/formats.md. An unreadable image leaves its example "
                "out, and\n"
                "the exit code is then 3. `juror eval compare` says whether two judges really differ."},
      eval);
}

}  // namespace juror
