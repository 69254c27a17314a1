// juror relabel: a table in the shape of Pick-a-Pic with a judge's labels in place of its own.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/judge/judging.h"
#include "cli/judge/judging_json.h"
#include "cli/judge/pictures.h"
#include "cli/run_record.h"
#include "eval/relabel.h"
#include "judge/template_hash.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct RelabelCommandOptions : JudgingOptions {
  std::string table, journal;
  bool resume = false;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("TABLE", table, "A parquet file with caption, jpg_0, jpg_1, label_0 and label_1");
  }
  template <class Field>
  void fields(Field&& field) {
    field("journal", journal, "Journal of the comparisons; empty: OUT.journal.jsonl beside -o OUT");
    field("resume", resume, "Continue the journal");
    JudgingOptions::fields(field);
    image.fields(field);
  }
};

/// What must be the same in a resumed run.
Json journal_header(const RelabelCommandOptions& options, const LoadedJudge& loaded,
                    const Calibration& calibration, std::int64_t seed) {
  Json header = {{"protocol", "relabel"},
                 {"model", loaded.model},
                 {"model_hash", loaded.model_hash ? loaded.model_hash() : ""},
                 {"prompt_hash", template_hash(loaded.judge->prompt_template())},
                 {"data", options.table},
                 {"format", "pickapic"},
                 {"split", ""},
                 {"background", options.image.background},
                 {"dtype", options.compute.dtype},
                 {"seed", seed}};
  header.update(voting_json(options.judge));
  header["calibration"] = calibration_json(calibration);
  return header;
}

JournalWriter open_journal(const RelabelCommandOptions& options, const fs::path& file,
                           const Json& header, EvalJournal& done, Context& context) {
  if (!options.resume) {
    require(!fs::exists(file), "'{}' exists. --resume continues it; --journal takes another.",
            file.string());
    return JournalWriter::begin(file, header, run_record(context));
  }
  require(fs::exists(file), "There is nothing to resume: '{}' does not exist.", file.string());
  JournalWriter journal = JournalWriter::resume(file, header, done);
  context.terminal.say(LogLevel::kInfo, fmt::format("Resuming {}: {} pairs are finished",
                                                    file.string(), done.examples.size()));
  return journal;
}

void print_tally(const LabelTally& tally, const JudgedRows& rows, const fs::path& journal,
                 Context& context) {
  const std::string& out = context.global.output;
  if (context.out.json()) {
    context.out.print_json({{"output", out},
                            {"journal", journal.string()},
                            {"rows", tally.rows},
                            {"resumed", rows.resumed},
                            {"first_better", tally.first},
                            {"second_better", tally.second},
                            {"ties", tally.ties},
                            {"without_label", tally.unlabelled},
                            {"changed", tally.changed}});
    return;
  }
  context.out.print(fmt::format(
      "{}: {} rows; the first is better in {}, the second in {}, {} ties, {} without a label "
      "(has_label false); {} labels are others than before.\n",
      out, tally.rows, tally.first, tally.second, tally.ties, tally.unlabelled, tally.changed));
}

int relabel(RelabelCommandOptions& options, JudgeLoader engine, Context& context) {
  const std::string& out = context.global.output;
  require(!out.empty(),
          "-o is missing: where the table with new labels goes. For example: juror "
          "relabel {} -o relabelled.parquet",
          options.table);
  require(fs::path(options.table).extension() == ".parquet",
          "'{}' is no parquet file, and relabel reads no others.", options.table);
  std::error_code unknown;
  require(!fs::equivalent(options.table, out, unknown), "'{}' would be written over itself.", out);
  require(!options.dry_run,
          "relabel has no --dry-run: it would read the whole table. `juror data "
          "inspect` counts its pairs.");
  options.judge.seed = context.global.seed;
  const LoadedJudge loaded = load_judge(options, engine, context);
  Calibration calibration = find_calibration(options, loaded, context);
  calibration.tie_band = std::max(calibration.tie_band, options.judge.pair.tie_band);
  const fs::path file = options.journal.empty() ? out + ".journal.jsonl" : options.journal;
  EvalJournal done;
  JournalWriter journal =
      open_journal(options, file, journal_header(options, loaded, calibration, context.global.seed),
                   done, context);
  const auto judge = judging_by_model(*loaded.judge, options.judge);
  const JudgedRows rows = judge_rows(options.table, *judge, done, journal,
                                     {.origin = {loaded.model, context.global.seed},
                                      .image = options.image,
                                      .threads = decode_threads(context.global.threads)},
                                     context.progress());
  context.terminal.end_progress();
  if (rows.is_partial) {
    context.terminal.say(LogLevel::kWarning,
                         fmt::format("No table was written; the same command with --resume goes on "
                                     "from '{}'.",
                                     file.string()));
    return kExitOk;  // the signal's own code follows
  }
  require(!rows.p.empty(), "'{}' has no row.", options.table);
  const LabelTally tally = write_labels(options.table, out, rows.p, calibration);
  print_tally(tally, rows, file, context);
  return tally.unlabelled > 0 ? kExitSomeFailed : kExitOk;
}

}  // namespace

Command relabel_command(JudgeLoader engine) {
  CommandText text{
      .name = "relabel",
      .summary = "Judge every pair of a Pick-a-Pic-shaped parquet file and rewrite its labels",
      .examples = {{"juror relabel train.parquet -o relabelled.parquet --model RUN/checkpoint-500",
                    "label_0, label_1, best_image_uid and has_label are new, all else stays"},
                   {"juror relabel train.parquet -o relabelled.parquet --no-think --resume",
                    "fast; continue after Ctrl-C"}},
      .notes =
          "Ties (--tie-band) get 0.5 twice. A pair that cannot be judged gets 0.5 twice and "
          "has_label false, and the exit code is 3. The journal holds the votes; juror export "
          "reads it."};
  text.writes_output = true;
  return make_judging_command<RelabelCommandOptions>(std::move(text), engine, relabel);
}

}  // namespace juror
