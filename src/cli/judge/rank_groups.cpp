// juror rank --from: thousands of groups of pictures, each a ranking, with a journal that can be
// resumed.
#include <algorithm>
#include <filesystem>
#include <list>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/judge/open_rank_journal.h"
#include "cli/judge/rank_json.h"
#include "cli/judge/rank_options.h"
#include "judge/rank.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostOpen = 32;  // groups whose pictures are held in memory

/// A group on its way from the file to its line in rankings.jsonl.
struct OpenGroup {
  PictureGroup group;
  LoadedPictures pictures = {};
  std::vector<std::size_t> numbers = {};  ///< of the pictures that could be read, among the group's
  std::optional<RankingTask> task = {};   ///< nothing: fewer than two can be read
};

/// All groups of a file.
class GroupRanking {
 public:
  GroupRanking(RankOptions& options, const LoadedJudge& loaded, Context& context)
      : options_(options),
        judge_(*loaded.judge),
        context_(context),
        calibration_(find_calibration(options, loaded, context)),
        reader_(options.from),
        total_(GroupReader::count(options.from)),
        journal_(open_rank_journal(options, loaded, calibration_, context)),
        unreadable_(journal_.resumed().unreadable_pictures) {}

  int run() {
    Ranker ranker(judge_, options_.judge);
    const Progress progress = context_.progress();
    bool goes_on = progress("ranking groups", done(), total_);
    while (goes_on) {
      while (!is_at_end_ && open_.size() < kMostOpen && ranker.has_room()) admit(ranker);
      ranker.ask();
      if (RankingTask* task = ranker.poll()) write_comparison(*task);
      while (RankingTask* task = ranker.take_finished()) finish(task);
      if (is_at_end_ && open_.empty()) break;
      goes_on = progress("ranking groups", done(), total_);
    }
    context_.terminal.end_progress();
    return report();
  }

 private:
  std::int64_t done() const { return ranked() + failed_; }
  std::int64_t ranked() const { return journal_.resumed().ranked + ranked_; }

  void admit(Ranker& ranker) {
    std::optional<PictureGroup> group = reader_.next();
    if (!group) {
      is_at_end_ = true;
      return;
    }
    if (journal_.is_finished(group->id)) return;
    OpenGroup& open = open_.emplace_back(OpenGroup{.group = std::move(*group)});
    open.group.hash = group_hash(open.group);
    read_pictures(open);
    const std::size_t n = open.numbers.size();
    if (n < 2)
      return fail(open, fmt::format("{} of {} pictures could be read, and a ranking needs two.", n,
                                    open.group.images.size()));
    try {
      open.task.emplace(
          RankingTask{.prompt = judge_.takes_prompt() ? open.group.prompt : "",
                      .candidates = std::move(open.pictures.candidates),
                      .session = RankingSession(n, options_.session, options_.ranking)});
    } catch (const Error& error) {
      return fail(open, error.what());
    }
    take_known(open);
    ranker.begin(*open.task);
  }

  void read_pictures(OpenGroup& open) {
    const ImageReader reader(options_.image);
    for (std::size_t i = 0; i < open.group.images.size(); ++i) {
      if (add_picture(judge_, reader, open.group.images[i], open.pictures, context_)) {
        open.numbers.push_back(i);
      } else {
        ++unreadable_;
      }
    }
  }

  /// Hands over the comparisons that the journal has of it.
  void take_known(OpenGroup& open) {
    for (Comparison& comparison : journal_.take_comparisons(open.group.id)) {
      const auto place = [&](std::size_t number) {
        const auto at = std::lower_bound(open.numbers.begin(), open.numbers.end(), number);
        return static_cast<std::size_t>(at - open.numbers.begin());
      };
      comparison.pair = {place(comparison.pair.first), place(comparison.pair.second)};
      open.task->known.emplace(comparison.pair, std::move(comparison));
    }
  }

  OpenGroup& group_of(const RankingTask* task) {
    return *std::find_if(open_.begin(), open_.end(),
                         [&](const OpenGroup& open) { return open.task && &*open.task == task; });
  }

  void write_comparison(const RankingTask& task) {
    const OpenGroup& open = group_of(&task);
    Comparison comparison = task.comparisons.back();
    comparison.pair = {open.numbers[comparison.pair.first], open.numbers[comparison.pair.second]};
    journal_.append(open.group, comparison);
    ++compared_;
  }

  void finish(const RankingTask* task) {
    OpenGroup& open = group_of(task);
    if (task->refusal) return fail(open, task->refusal->what());
    if (const std::string nothing = why_nothing_compared(*task); !nothing.empty())
      return fail(open, nothing);
    const RankedPictures ranked =
        ranked_pictures(*task, calibration_, judge_.prompt_template().criteria);
    Json result = ranking_json(open.pictures, ranked);
    for (Json& row : result["results"])
      row["index"] = open.numbers[row["index"].get<std::size_t>()];
    for (Json& row : result["results"]) {
      for (Json& other : row["tied_with"]) other = open.numbers[other.get<std::size_t>()];
    }
    result.erase("comparisons");  // they stand in the journal
    journal_.finish(open.group, std::move(result));
    ++ranked_;
    remove(open);
  }

  void fail(OpenGroup& open, const std::string& error) {
    context_.terminal.say(LogLevel::kWarning, fmt::format("Group '{}': {}", open.group.id, error));
    journal_.finish(open.group, {{"error", error}});
    ++failed_;
    remove(open);
  }

  void remove(const OpenGroup& open) {
    open_.remove_if([&](const OpenGroup& one) { return &one == &open; });
  }

  int report() {
    const std::int64_t left = total_ - done();
    if (context_.out.json()) {
      context_.out.print_json(
          {{"groups", total_},
           {"ranked", ranked()},
           {"resumed", journal_.resumed().ranked},
           {"failed", failed_},
           {"unreadable_pictures", unreadable_},
           {"comparisons", compared_},
           {"rankings", (fs::path(options_.output_dir) / "rankings.jsonl").string()}});
    } else {
      context_.out.print(fmt::format(
          "{} of {} groups ranked ({} before), {} failed, {} comparisons, {} pictures unreadable: "
          "{}\n{}",
          ranked(), total_, journal_.resumed().ranked, failed_, compared_, unreadable_,
          (fs::path(options_.output_dir) / "rankings.jsonl").string(),
          left > 0 ? fmt::format("Partial: {} groups are left; continue with --resume.\n", left)
                   : ""));
    }
    return failed_ > 0 || unreadable_ > 0 ? kExitSomeFailed : kExitOk;
  }

  RankOptions& options_;
  Judge& judge_;
  Context& context_;
  Calibration calibration_;
  GroupReader reader_;
  std::int64_t total_;
  RankJournal journal_;
  std::int64_t ranked_ = 0, failed_ = 0, compared_ = 0, unreadable_ = 0;
  bool is_at_end_ = false;
  std::list<OpenGroup> open_;
};

}  // namespace

int rank_groups(RankOptions& options, JudgeLoader engine, Context& context) {
  require(options.prompt.empty() && options.images.empty(),
          "--from names the groups; a prompt and pictures beside it have no place.");
  require(
      !options.output_dir.empty(),
      "Where shall the rankings go? Name a folder: juror rank --from {} --output-dir runs/ranked",
      options.from);
  const LoadedJudge loaded = load_judge(options, engine, context);
  require(
      shown_at_once(options, *loaded.judge) == 2,
      "rank --from compares pairs, and this prompt template orders lists: --list-size 2 shows it "
      "two at a time.");
  if (options.dry_run) return print_groups_plan(options, loaded, context);
  return GroupRanking(options, loaded, context).run();
}

}  // namespace juror
