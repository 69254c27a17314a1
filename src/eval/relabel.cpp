#include "eval/relabel.h"

#include <chrono>
#include <cmath>
#include <map>

#include "base/error.h"
#include "data/loaded_rows.h"
#include "data/parquet.h"
#include "data/table.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::size_t kMostOpen = 64;  // rows whose pictures are in memory

/// The pairs of a table, whatever its labels say. Ids and names of pictures are those of the data
/// set's own reader, so that its journal can be exported.
class PairReader : public DatasetReader {
 public:
  PairReader(const fs::path& table, const ImageOptions& image)
      : stem_(table.stem().string()),
        table_(open_parquet_table(table)),
        images_(std::make_shared<ImageReader>(image)) {}

  std::optional<DatasetRow> next() override {
    const std::optional<Record> record = table_->next();
    if (!record) return std::nullopt;
    DatasetRow row;
    row.example.id = fmt::format("{}-{}", stem_, number_++);
    row.example.prompt = record->text("caption");
    for (const char* side : {"0", "1"}) add_picture(row, *record, side);
    return row;
  }

 private:
  void add_picture(DatasetRow& row, const Record& record, const std::string& side) {
    auto picture = record.picture ? record.picture("jpg_" + side) : std::nullopt;
    record.expect(picture.has_value(), "there is no column of pictures 'jpg_{}'.", side);
    picture->reader = images_;
    row.example.images.push_back(record.text_or("image_" + side + "_uid", picture->name));
    row.images.push_back(std::move(*picture));
  }

  std::string stem_;
  std::unique_ptr<Table> table_;
  std::shared_ptr<const ImageReader> images_;
  std::int64_t number_ = 0;
};

EvalExample describe(const DatasetRow& row) {
  return {.id = row.example.id,
          .prompt = row.example.prompt,
          .images = row.example.images,
          .sizes = {},
          .generators = {},
          .ranks = {1, 1},  // nobody's
          .pairs = {}};
}

/// The rows under way, and what came of all rows so far.
class Rows {
 public:
  Rows(PairJudge& judge, const EvalJournal& done, JournalWriter& journal,
       const RelabelOptions& options)
      : judge_(judge), journal_(journal), options_(options) {
    for (const FinishedExample& example : done.examples) done_.emplace(example.id, &example);
  }

  /// Safe to call from several threads.
  bool is_done(const std::string& id) const { return done_.contains(id); }
  bool empty() const { return open_.empty(); }
  bool has_room() const { return open_.size() < kMostOpen && judge_.has_room(); }
  std::int64_t finished() const { return std::ssize(result.p) - std::ssize(open_); }

  void admit(LoadedRow loaded) {
    const std::size_t number = result.p.size();
    result.p.push_back(kUnknown);
    EvalExample example = describe(loaded.row);
    if (take_from_journal(example, number)) return;
    try {
      if (loaded.error) std::rethrow_exception(loaded.error);
      for (const Image& image : loaded.images) example.sizes.push_back({image.width, image.height});
      judge_.ask(number, loaded.row.example, loaded.images, {{0, 1}});
      open_.emplace(number, std::move(example));
    } catch (const Error& error) {
      fail(number, example.id, error);
    }
  }

  /// Lets the judge work for a moment.
  void work() {
    std::optional<ExampleComparisons> got = judge_.poll();
    if (!got) return;
    const auto open = open_.find(got->number);
    if (got->refusal) {
      fail(got->number, open->second.id, *got->refusal);
    } else {
      write(open->second, got->comparisons.at(0));
      result.p[got->number] = got->comparisons.at(0).result.p;
    }
    open_.erase(open);
  }

  JudgedRows result;

 private:
  bool take_from_journal(const EvalExample& example, std::size_t number) {
    const auto before = done_.find(example.id);
    if (before == done_.end()) return false;
    require(before->second->texts == texts_key(example) && before->second->pairs.size() == 1,
            "The row '{}' has another caption or other pictures in the journal: it is of another "
            "table.",
            example.id);
    result.p[number] = before->second->pairs[0].result.p;
    ++result.resumed;
    return true;
  }

  void fail(std::size_t number, const std::string& id, const Error& error) {
    if (error.kind() != ErrorKind::kUser) throw error;
    result.failures.emplace_back(static_cast<std::int64_t>(number), error.what());
    journal_.append_failure(id, error.what());
    log_warning(fmt::format("'{}' gets no label: {}", id, error.what()));
  }

  void write(EvalExample& example, const Comparison& comparison) {
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - last_).count();
    last_ = Clock::now();
    example.pairs.push_back({.first = 0,
                             .second = 1,
                             .result = comparison.result,
                             .prompt_tokens = comparison.prompt_tokens,
                             .completion_tokens = comparison.completion_tokens,
                             .ms = ms,
                             .votes = comparison.votes});
    journal_.append(example, options_.origin);
  }

  PairJudge& judge_;
  JournalWriter& journal_;
  const RelabelOptions& options_;
  std::map<std::string, const FinishedExample*> done_;
  std::map<std::size_t, EvalExample> open_;
  Clock::time_point last_ = Clock::now();
};

/// The label of a pair: 1, 0, 0.5, or nothing.
std::optional<double> label_of(double p, const Calibration& calibration) {
  if (std::isnan(p)) return std::nullopt;
  const double read = tempered(p, calibration.temperature), lead = std::abs(read - 0.5);
  if (lead < calibration.tie_band || lead == 0) return 0.5;
  return read > 0.5 ? 1.0 : 0.0;
}

void count(LabelTally& tally, std::optional<double> label, const Json& before) {
  ++tally.rows;
  ++(!label          ? tally.unlabelled
     : *label == 0.5 ? tally.ties
     : *label == 1   ? tally.first
                     : tally.second);
  tally.changed += !before.is_number() || before.get<double>() != label.value_or(0.5);
}

}  // namespace

JudgedRows judge_rows(const fs::path& table, PairJudge& judge, const EvalJournal& done,
                      JournalWriter& journal, const RelabelOptions& options,
                      const Progress& progress) {
  Rows rows(judge, done, journal, options);
  LoadedRows loaded(
      std::make_unique<PairReader>(table, options.image),
      {.threads = options.threads,
       .depth = 2 * options.threads,
       .wanted = [&](const DatasetRow& row) { return !rows.is_done(row.example.id); }});
  bool has_ended = false;
  const auto goes_on = [&] { return !progress || progress("pairs", rows.finished(), 0); };
  while (!(has_ended && rows.empty())) {
    while (!has_ended && rows.has_room()) {
      std::optional<LoadedRow> row = loaded.next();
      has_ended = !row;
      if (row) rows.admit(std::move(*row));
    }
    rows.work();
    if (goes_on()) continue;
    judge.cancel();
    rows.result.is_partial = true;
    break;
  }
  return std::move(rows.result);
}

LabelTally write_labels(const fs::path& from, const fs::path& to, const std::vector<double>& p,
                        const Calibration& calibration) {
  const auto read = open_parquet(from);
  const auto copy = rewrite_parquet(from, to);
  LabelTally tally;
  for (int number = 0; number < read->groups(); ++number) {
    const auto group = read->group(number);
    ParquetColumns columns;
    for (std::int64_t i = 0; i < group->rows(); ++i) {
      const Json row = group->row(i);
      const std::optional<double> label =
          label_of(p.at(static_cast<std::size_t>(tally.rows)), calibration);
      count(tally, label, row.value("label_0", Json()));
      columns["label_0"].push_back(label.value_or(0.5));
      columns["label_1"].push_back(1 - label.value_or(0.5));
      columns["has_label"].push_back(label.has_value());
      const char* best = label == 1.0 ? "image_0_uid" : label == 0.0 ? "image_1_uid" : "";
      columns["best_image_uid"].push_back(row.value(best, Json("")));
    }
    for (const char* optional : {"has_label", "best_image_uid"})
      if (!copy->has(optional)) columns.erase(optional);
    copy->copy(columns);
  }
  copy->finish();
  return tally;
}

}  // namespace juror
