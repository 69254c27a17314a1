#include "eval/evaluate.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "base/text_hash.h"
#include "eval/example_count.h"

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;

/// Of a labelled example.
EvalExample describe(const DatasetRow& row, const Protocol& protocol) {
  const PreferenceExample& example = row.example;
  std::vector<double> means;
  for (const Rating& rating : example.ratings) means.push_back(rating.mean);
  return {.id = example.id,
          .prompt = example.prompt,
          .images = example.images,
          .generators = row.generators,
          .ranks = protocol.ranks_from_votes ? mean_ranks(example) : consensus_ranks(example),
          .means = std::move(means)};
}

EvalPair describe(const PreferenceExample& example, const Comparison& comparison, double ms) {
  const auto [first, second] = comparison.pair;
  return {.first = first,
          .second = second,
          .share = vote_share(example, first, second).value_or(kUnknown),
          .share_from = example.ratings.empty()
                            ? ""
                            : std::string(name(share_source(example, first, second))),
          .result = comparison.result,
          .prompt_tokens = comparison.prompt_tokens,
          .completion_tokens = comparison.completion_tokens,
          .tokens = comparison.tokens,
          .ms = ms,
          .votes = comparison.votes};
}

/// An example on its way from the reader to the journal.
struct OpenExample {
  explicit OpenExample(LoadedRow row) : loaded(std::move(row)), images(loaded) {}

  LoadedRow loaded;
  LazyImages images;
  EvalExample example = {};
  std::string error = {};  ///< why it is left out; empty: it is not
  bool is_complete = false, was_in_journal = false, is_unlabelled = false;
};

/// The examples of a journal that is resumed.
class FinishedExamples {
 public:
  explicit FinishedExamples(const EvalJournal& done) {
    for (const FinishedExample& example : done.examples) by_id_.emplace(example.id, &example);
  }

  /// Safe to call from several threads.
  bool contains(const std::string& id) const { return by_id_.contains(id); }

  /// Adds to `example` what the journal has of it; false if it has nothing. Throws Error when it
  /// has it of another data set.
  bool complete(EvalExample& example) {
    const auto place = by_id_.find(example.id);
    if (place == by_id_.end()) return false;
    const FinishedExample& before = *place->second;
    require(before.texts == texts_key(example) && before.ranks == example.ranks,
            "The example '{}' has another prompt, other images or ranks in the journal: it is of "
            "another data set.",
            example.id);
    example.sizes = before.sizes;
    example.pairs = before.pairs;
    ++resumed_;
    return true;
  }

  std::int64_t resumed() const { return resumed_; }
  bool has_been_all() const { return resumed_ == static_cast<std::int64_t>(by_id_.size()); }

 private:
  std::map<std::string, const FinishedExample*> by_id_;
  std::int64_t resumed_ = 0;
};

/// The examples under way, in the order of the data set.
class Window {
 public:
  Window(const Protocol& protocol, PairJudge& judge, FinishedExamples& finished,
         JournalWriter& journal, const EvaluateOptions& options)
      : protocol_(protocol),
        judge_(judge),
        finished_(finished),
        journal_(journal),
        options_(options) {}

  bool empty() const { return open_.empty(); }
  bool has_room() const { return open_.size() < kMostOpen && judge_.has_room(); }

  /// Has the row judged, unless the journal holds it or nobody labelled it.
  void admit(LoadedRow row) {
    open_.push_back(std::make_unique<OpenExample>(std::move(row)));
    OpenExample& open = *open_.back();
    open.is_complete = open.is_unlabelled = !is_labelled(open.loaded.row.example);
    if (open.is_unlabelled) return;
    open.example = describe(open.loaded.row, protocol_);
    open.is_complete = open.was_in_journal = finished_.complete(open.example);
    if (open.was_in_journal) return;
    try {
      ask(open);
    } catch (const Error& error) {
      leave_out(open, error);
    }
  }

  /// Lets the judge work for a moment.
  void work() {
    std::optional<ExampleComparisons> got = judge_.poll();
    if (!got) return;
    OpenExample& open = *open_.at(got->number - first_);
    if (got->refusal) return leave_out(open, *got->refusal);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - last_).count() /
                      static_cast<double>(std::max<std::size_t>(1, got->comparisons.size()));
    last_ = Clock::now();
    for (const Comparison& comparison : got->comparisons)
      open.example.pairs.push_back(describe(open.loaded.row.example, comparison, ms));
    open.is_complete = true;
  }

  /// The first example if it is complete; null otherwise. `write` is its next step.
  std::unique_ptr<OpenExample> take_first() {
    if (open_.empty() || !open_.front()->is_complete) return nullptr;
    std::unique_ptr<OpenExample> first = std::move(open_.front());
    open_.pop_front();
    ++first_;
    return first;
  }

  /// Into the journal, unless it stands there, failed or has no label.
  void write(const OpenExample& open) {
    if (open.was_in_journal || open.is_unlabelled || !open.error.empty()) return;
    journal_.append(open.example, options_.origin);
  }

  /// Writes what is finished though examples before it are not; for the end of an interrupted run.
  void write_rest() {
    judge_.cancel();
    for (const auto& open : open_) {
      if (open->is_complete) write(*open);
    }
    open_.clear();
  }

  void leave_out(OpenExample& open, const Error& error) {
    if (error.kind() != ErrorKind::kUser) throw error;
    open.error = error.what();
    open.is_complete = true;
  }

 private:
  static constexpr std::size_t kMostOpen = 256;  // rows whose images are held in memory

  void ask(OpenExample& open) {
    const std::vector<Image>& images = open.images.get();
    for (const Image& image : images) open.example.sizes.push_back({image.width, image.height});
    judge_.ask(
        first_ + open_.size() - 1, open.loaded.row.example, images,
        pairs_to_judge(open.example.id, images.size(), options_.budget, options_.origin.seed));
  }

  const Protocol& protocol_;
  PairJudge& judge_;
  FinishedExamples& finished_;
  JournalWriter& journal_;
  const EvaluateOptions& options_;
  std::deque<std::unique_ptr<OpenExample>> open_;
  std::size_t first_ = 0;  ///< number of the first of them
  Clock::time_point last_ = Clock::now();
};

}  // namespace

std::vector<PairIndex> pairs_to_judge(const std::string& id, std::size_t n, std::int64_t budget,
                                      std::int64_t seed) {
  std::vector<PairIndex> pairs;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) pairs.push_back({i, j});
  }
  const auto most = static_cast<std::size_t>(budget);
  if (budget <= 0 || most >= pairs.size()) return pairs;
  Random random{static_cast<std::uint64_t>(seed), text_hash(id)};
  for (std::size_t i = 0; i < most; ++i)
    std::swap(pairs[i], pairs[i + random.below(pairs.size() - i)]);
  pairs.resize(most);
  std::sort(pairs.begin(), pairs.end(), [](const PairIndex& a, const PairIndex& b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
  return pairs;
}

const std::vector<Image>& LazyImages::get() {
  if (loaded_.error) std::rethrow_exception(loaded_.error);
  if (!loaded_.is_loaded) {
    for (const ImageSource& source : loaded_.row.images)
      loaded_.images.push_back(load_image(source));
    loaded_.is_loaded = true;
  }
  return loaded_.images;
}

namespace {

/// Hands examples on as the window gives them, and counts.
class Handout {
 public:
  Handout(Window& window, JournalWriter& journal, const OnExample& on_example)
      : window_(window), journal_(journal), on_example_(on_example) {}

  /// Every example that is complete in the order of the data set. Returns whether there was one.
  bool hand_on() {
    const std::unique_ptr<OpenExample> open = window_.take_first();
    if (!open) return false;
    if (open->is_unlabelled) return ++evaluation.unlabelled, true;
    const DatasetRow& row = open->loaded.row;
    if (open->error.empty()) {
      take(*open);
    }
    window_.write(*open);  // not before `on_example`, which may make it a failure
    if (open->error.empty()) return true;
    evaluation.failures.emplace_back(row.example.id, open->error);
    if (!open->was_in_journal) journal_.append_failure(row.example.id, open->error);
    log_warning(fmt::format("'{}' is left out: {}", row.example.id, open->error));
    return true;
  }

  void take(OpenExample& open) {
    try {
      on_example_(open.loaded.row, open.example, open.images);
      ++evaluation.examples;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) window_.write(open);  // the work ends, and it is judged
      window_.leave_out(open, error);
    }
  }

  std::int64_t seen() const {
    return evaluation.examples + static_cast<std::int64_t>(evaluation.failures.size());
  }

  Evaluation evaluation;

 private:
  Window& window_;
  JournalWriter& journal_;
  const OnExample& on_example_;
};

/// Nothing at the end, and where the reader throws: that is kept in `broken`.
std::optional<LoadedRow> next_row(LoadedRows& rows, std::exception_ptr& broken) {
  try {
    return rows.next();
  } catch (...) {
    broken = std::current_exception();
    return std::nullopt;
  }
}

}  // namespace

Evaluation evaluate(std::unique_ptr<DatasetReader> reader, const Protocol& protocol,
                    PairJudge& judge, const EvalJournal& done, JournalWriter& journal,
                    const EvaluateOptions& options, const OnExample& on_example,
                    const Progress& progress) {
  FinishedExamples finished(done);
  const auto wanted = [&](const DatasetRow& row) {
    return is_labelled(row.example) &&
           (options.images_of_finished || !finished.contains(row.example.id));
  };
  LoadedRows rows(std::move(reader),
                  {.threads = options.threads, .depth = 2 * options.threads, .wanted = wanted});
  Window window(protocol, judge, finished, journal, options);
  Handout handout(window, journal, on_example);
  const auto goes_on = [&] {
    return !progress || progress("examples", handout.seen(), options.total ? options.total() : 0);
  };
  bool is_stopped = false, has_ended = false;
  std::exception_ptr broken;  // what the reader threw, after the rows before it
  goes_on();
  try {
    while (!is_stopped && !(has_ended && window.empty())) {
      if (!handout.hand_on()) {
        while (!has_ended && window.has_room()) {
          std::optional<LoadedRow> row = next_row(rows, broken);
          has_ended = !row;
          if (row) window.admit(std::move(*row));
        }
        window.work();
      }
      is_stopped = !goes_on();
    }
  } catch (...) {
    window.write_rest();
    throw;
  }
  if (broken && !is_stopped) std::rethrow_exception(broken);
  handout.evaluation.is_partial = is_stopped;
  handout.evaluation.resumed = finished.resumed();
  window.write_rest();
  require(is_stopped || finished.has_been_all(),
          "The journal holds examples that the data set does not: it is of another data set.");
  return std::move(handout.evaluation);
}

}  // namespace juror
