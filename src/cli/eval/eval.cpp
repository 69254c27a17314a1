// juror eval: a judge on people's preferences, by the data set's official protocol, with a journal
// that can be resumed.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/eval/print.h"
#include "cli/eval/scorers.h"
#include "cli/eval/subject.h"
#include "cli/judge/judging_json.h"
#include "cli/judge/pictures.h"
#include "cli/judge/warnings.h"
#include "cli/run_record.h"
#include "data/layout.h"
#include "data/ratings.h"
#include "data/row_hash.h"
#include "eval/example_count.h"
#include "eval/results.h"
#include "judge/calibration_file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What the journal keeps of the run besides what must be the same in a resumed one.
Json run_of(const EvalSubject& subject, const Context& context) {
  Json run = run_record(context);
  if (!subject.loaded.torch.empty()) run["torch"] = subject.loaded.torch;
  return run;
}

/// Refuses files of the command line before a model is loaded.
void check_files(const EvalOptions& options) {
  if (!options.linear.empty()) load_linear_scorer(options.linear);
  if (options.output_dir.empty() || options.dry_run) return;
  const fs::path file = fs::path(options.output_dir) / "journal.jsonl";
  if (!options.resume) return require_no_journal(file);
  require(fs::exists(file), "There is nothing to resume: '{}' does not exist.", file.string());
}

/// Begins the journal in `folder`, or continues it.
JournalWriter open_journal(const EvalOptions& options, const EvalSubject& subject,
                           const fs::path& folder, const Json& header, EvalJournal& done,
                           Context& context) {
  const fs::path file = folder / "journal.jsonl";
  if (options.resume) {
    JournalWriter journal = JournalWriter::resume(file, header, done);
    const std::string again =
        done.unfinished == 0
            ? ""
            : fmt::format(", {} written in part and judged again", done.unfinished);
    context.terminal.say(LogLevel::kInfo, fmt::format("Resuming {}: {} examples are finished{}",
                                                      file.string(), done.examples.size(), again));
    return journal;
  }
  JournalWriter journal = JournalWriter::begin(file, header, run_of(subject, context));
  write_file_atomic(folder / "eval.toml", run_toml(context));
  context.terminal.say(LogLevel::kInfo, fmt::format("Journal {}", file.string()));
  return journal;
}

int exit_code(const EvalOptions& options, const Evaluation& evaluation, const Json& summary,
              Context& context) {
  const Json& accuracy = summary["rows"][0]["accuracy"];
  if (options.min_accuracy > 0 &&
      (!accuracy.is_number() || accuracy.get<double>() < options.min_accuracy)) {
    context.terminal.say(LogLevel::kWarning,
                         fmt::format("The accuracy of {} is below --min-accuracy {}.",
                                     percent_text(accuracy), options.min_accuracy));
    return kExitQualityGate;
  }
  return evaluation.failures.empty() ? kExitOk : kExitSomeFailed;
}

/// The calibration that counts: the file's, with the larger of its tie band and --tie-band. `json`
/// becomes what the summary says of it.
Calibration choose_calibration(const EvalOptions& options, const EvalSubject& subject, Json& json) {
  Calibration calibration{.temperature = 1, .tie_band = options.judge.pair.tie_band};
  const auto file = calibration_path(options.calibration, subject.path);
  if (!file) return calibration;
  const CalibrationFile fitted = load_calibration(*file);
  warn_of_other_weights(fitted, *file, subject.hash);
  const Calibration read = fitted.calibration;
  calibration = {.temperature = read.temperature,
                 .tie_band = std::max(read.tie_band, calibration.tie_band)};
  json = {{"file", file->string()}};
  json.update(calibration_json(calibration));
  return calibration;
}

/// The table of ratings that the data set is; nothing for other data.
std::optional<RatedImages> ratings_of(const EvalOptions& options, const Protocol& protocol) {
  const bool is_rated = holds_ratings(options.data, options.dataset);
  require(is_rated || !protocol.of_ratings,
          "The protocol '{}' compares with mean ratings of single images, and '{}' holds none; "
          "docs/data.md says what such a table looks like.",
          protocol.name, options.data);
  if (!is_rated) return std::nullopt;
  return read_rated_images(options.data, options.dataset);
}

/// What the header says of the pairs that are drawn.
Json ratings_json(const RatingOptions& options, const RatingScale& scale) {
  return {{"pairs", options.pairs},
          {"min_difference", options.min_difference},
          {"balanced", options.balanced},
          {"within", options.within},
          {"scale", {scale.low, scale.high}}};
}

/// Why what is asked for is not a published split as a whole; empty when it is.
std::vector<std::string> why_unofficial(const EvalOptions& options,
                                        const std::optional<RatedImages>& rated) {
  const DatasetOptions& dataset = options.dataset;
  std::vector<std::string> reasons;
  const bool publishes_splits =
      rated ? rated->publishes_splits : find_layout(options.data).publishes_splits;
  if (!dataset.split.empty() && !publishes_splits)
    reasons.push_back(
        fmt::format("the split '{}' is Juror's own division of '{}', not a published one",
                    dataset.split, options.data));
  if (is_one_of_several(options.data))
    reasons.push_back(fmt::format("'{}' is one of several tables of its split", options.data));
  if (dataset.fraction < 1)
    reasons.push_back(fmt::format("--fraction {} of the prompts", dataset.fraction));
  if (dataset.limit > 0) reasons.push_back(fmt::format("--limit {} rows", dataset.limit));
  if (dataset.world_size > 1)
    reasons.push_back(fmt::format("the share of one of {} processes", dataset.world_size));
  if (options.budget > 0)
    reasons.push_back(fmt::format("--budget {} pairs of each example", options.budget));
  return reasons;
}

/// Throws Error when nothing was judged, with the reason.
void require_some(const EvalOptions& options, const Evaluation& evaluation) {
  if (evaluation.unlabelled > 0)
    log_warning(fmt::format("{} examples of '{}' have no label and are left out.",
                            evaluation.unlabelled, options.data));
  if (evaluation.examples > 0) return;
  require(!evaluation.is_partial, "Stopped before the first example was finished.");
  require(evaluation.unlabelled == 0 || !evaluation.failures.empty(),
          "None of the {} examples of '{}' has a label: neither a ranking nor votes.",
          evaluation.unlabelled, options.data);
  require(!evaluation.failures.empty(), "'{}' holds no example.", options.data);
  throw Error(fmt::format("None of the {} examples of '{}' could be judged; the first: {}",
                          evaluation.failures.size(), options.data,
                          evaluation.failures.front().second));
}

/// `work`; a judge that goes away loses nothing that is finished, and that is said.
template <class Work>
auto keeping_journal(Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNetwork) throw;
    throw Error(std::string(error.what()) + " juror eval --resume keeps what is finished.",
                error.kind());
  }
}

/// Writes summary.json and prints the result.
void report(const Json& summary, const fs::path& folder, const std::string& title,
            Context& context) {
  write_file_atomic(folder / "summary.json",
                    summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  if (!context.out.json()) return context.out.print(eval_text(summary, title, context.color()));
  Json json = summary;
  json["output_dir"] = folder.string();
  context.out.print_json(json);
}

int eval(EvalOptions& options, JudgeLoader engine, Context& context) {
  options.judge.seed = options.dataset.seed = context.global.seed;
  const Protocol& protocol = find_protocol(options.protocol);
  const std::optional<RatedImages> rated = ratings_of(options, protocol);
  auto reader = open_dataset(options.data, options.dataset);
  check_files(options);
  const ScoresFiles scores = load_scores(options, context);
  const EvalSubject subject = load_subject(options, engine, context);
  if (options.dry_run) return print_eval_plan(options, subject, context);

  Json calibration_file = nullptr;
  const Calibration calibration = choose_calibration(options, subject, calibration_file);
  SummaryContext about{.header = journal_header(options, subject, calibration, context.global.seed),
                       .calibration = calibration_file,
                       .unofficial = why_unofficial(options, rated)};
  const RatingScale scale = rated ? rated->scale : RatingScale();
  if (rated) about.header["ratings"] = ratings_json(options.dataset.ratings, scale);
  EvalResults results(protocol, {.model = subject.name,
                                 .baselines = options.baselines,
                                 .calibration = calibration,
                                 .seed = context.global.seed,
                                 .scale = scale});
  const bool has_linear = add_linear(options, results, context);
  add_scores(scores, results);
  const fs::path folder = eval_folder(options, subject.name);
  std::uint64_t data_hash = 0;
  EvalJournal done;
  JournalWriter journal = open_journal(options, subject, folder, about.header, done, context);
  const ExampleCount count(options.data, options.dataset);
  const Evaluation evaluation = keeping_journal([&] {
    return evaluate(
        std::move(reader), protocol, *subject.judge, done, journal,
        {.budget = options.budget,
         .origin = {subject.name, context.global.seed},
         .total = [&] { return count.total(); },
         .threads = decode_threads(context.global.threads),
         .images_of_finished = has_linear},
        [&](const DatasetRow& row, const EvalExample& example, LazyImages& images) {
          data_hash = data_hash * 31 + row_hash(row);
          results.add(row, example, images);
        },
        context.progress());
  });
  context.terminal.end_progress();
  require_some(options, evaluation);
  Json summary = {{"schema", 1}};
  summary.update(summary_json(results, evaluation, about));
  summary["data"]["hash"] = fmt::format("{:016x}", data_hash);
  report(summary, folder, protocol.title, context);
  if (subject.loaded.judge != nullptr) warn_of_forced(*subject.loaded.judge, context);
  return exit_code(options, evaluation, summary, context);
}

}  // namespace

Command eval_command(JudgeLoader engine) {
  return make_judging_command<EvalOptions>(
      {.name = "eval",
       .summary = "Measure a judge on people's preferences",
       .examples = {{"juror eval HPDv2 --protocol hpdv2 --baselines",
                     "beside people, the linear scorer and what order and generators give away"},
                    {"juror eval votes.jsonl --protocol pairs --votes 8 --min-accuracy 0.7",
                     "your own votes, as a gate: exit 6 below 70 %"},
                    {"juror eval CLIVE --protocol opinion --split validation --baselines",
                     "pairs and correlations against mean opinions, beside one person"},
                    {"juror eval DATA --protocol pickapic --output-dir runs/eval/x --resume",
                     "continue after Ctrl-C"},
                    {"juror eval DATA --protocol hpdv3 --judge-url http://localhost:8000",
                     "a model at a server"},
                    {"juror eval DATA --protocol pairs --scores mine.jsonl",
                     "your own scorer in the same table"}},
       .notes =
           "The journal and summary.json are described in docs/formats.md. An unreadable image "
           "leaves its example "
           "out, and\n"
           "the exit code is then 3. `juror eval compare` says whether two judges really differ."},
      engine, eval);
}

}  // namespace juror
