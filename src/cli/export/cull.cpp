// juror cull: a photographer's folder: similar shots in groups, the best of each group first.
#include <algorithm>
#include <iterator>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/export/cull_output.h"
#include "cli/judge/judging.h"
#include "cli/judge/warnings.h"
#include "judge/reasons.h"
#include "preference/pair_order.h"
#include "preference/ranking.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

struct CullOptions : JudgingOptions {
  std::string folder, sheet, sidecar_name = "full";
  bool recursive = false, xmp = false;
  std::int64_t keep = 1, rounds = 12, picture_pixels = 1280;
  SimilarOptions similar;
  RankingOptions ranking;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("DIR", folder,
             "Folder with photos: JPEG, PNG, WebP, HEIC, AVIF, and raw files by their previews");
  }
  template <class Field>
  void fields(Field&& field) {
    field("recursive", recursive, "Also the folders in it");
    field("keep", keep, "Shots of each group that are best", Range{1, 1e6});
    field("xmp", xmp, "Write star ratings into sidecars beside the photos: best 5, ok 3, rest 1");
    field("sidecar_name", sidecar_name,
          "Sidecars of a.jpg: full is a.jpg.xmp (darktable, digiKam), stem is a.xmp (Lightroom)",
          OneOf{{"full", "stem"}});
    field("sheet", sheet, "Write an HTML contact sheet of the groups to this file");
    field("picture_pixels", picture_pixels, "Longer side of its pictures", Range{16, 8192});
    field("rounds", rounds, "Most comparisons of each shot in its group", Range{1, 1e6});
    similar.fields(field);
    JudgingOptions::fields(field);
    ranking.fields(field);
    image.fields(field);
  }
};

/// All pairs of a small group; of a larger one the first rounds, in which each shot stands once.
std::vector<PairIndex> pairs_of_group(std::size_t n, std::int64_t rounds) {
  std::vector<PairIndex> pairs = pairs_in_rounds(n);
  const std::size_t most = n * static_cast<std::size_t>(rounds) / 2;
  if (pairs.size() > most) pairs.resize(most);
  return pairs;
}

JudgedImage judged_image(const Shot& shot, const RankedItem& item, const std::string& reason) {
  const fs::path file = shot.file;
  JudgedImage image{.name = file.string(), .source = {}, .file = file};
  image.source = {.name = file.string(), .read = [file] {
                    const std::string bytes = read_file(file);
                    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
                  }};
  image.position = item.position;
  image.rank = item.rank;
  image.score = item.score;
  image.score_low = item.score_low;
  image.score_high = item.score_high;
  image.reason = reason;
  return image;
}

/// Compares the shots of a group; they are read again, for only their views are kept.
std::vector<Comparison> compare_group(const std::vector<Shot>& shots,
                                      const std::vector<std::size_t>& members,
                                      const LoadedJudge& loaded, const CullOptions& options,
                                      Context& context) {
  const ImageReader reader(options.image);
  std::vector<CandidateImage> candidates;
  for (const std::size_t i : members)
    candidates.push_back(loaded.judge->prepare(reader.load(shots[i].file)));
  return loaded.judge->compare("", candidates, pairs_of_group(members.size(), options.rounds),
                               options.judge, context.progress());
}

/// The ranking of a group.
JudgedGroup judged_group(const std::vector<Shot>& shots, const std::vector<std::size_t>& members,
                         const std::vector<Comparison>& comparisons, const CullOptions& options) {
  std::vector<PairReads> reads;
  for (const Comparison& comparison : comparisons)
    reads.push_back({comparison.pair.first, comparison.pair.second, reads_of(comparison.votes)});
  const Ranking ranking = rank_images(members.size(), reads, options.ranking);
  const std::vector<std::string> reasons = image_reasons(members.size(), comparisons);
  JudgedGroup group{.id = shots[members.front()].file.filename().string()};
  for (const Comparison& comparison : comparisons)
    group.pairs.push_back({.first = comparison.pair.first,
                           .second = comparison.pair.second,
                           .p = comparison.result.p});
  for (std::size_t k = 0; k < members.size(); ++k)
    group.images.push_back(judged_image(shots[members[k]], ranking.items[k], reasons[k]));
  return group;
}

std::vector<Shot> read_shots(const CullOptions& options, Context& context) {
  std::vector<Shot> shots = find_shots(options.folder, options.recursive);
  require(!shots.empty(),
          "'{}' holds no picture (JPEG, PNG, WebP, HEIC, AVIF or a camera's raw file){}.",
          options.folder, options.recursive ? "" : "; --recursive looks into its folders");
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::int64_t asked = context.global.threads;
  const bool whole =
      look_at_shots(shots, ImageReader(options.image),
                    asked > 0 ? static_cast<int>(asked) : std::min(cores, 8), context.progress());
  context.terminal.end_progress();
  require(whole, "Stopped before every photo was looked at; nothing was written.");
  for (const Shot& shot : shots)
    if (!shot.error.empty()) context.terminal.say(LogLevel::kWarning, shot.error);
  return shots;
}

/// Ranks the groups one after the other; returns what was compared. Throws Error when it is
/// interrupted.
std::vector<Comparison> judge_groups(Culled& culled,
                                     const std::vector<std::vector<std::size_t>>& similar,
                                     const LoadedJudge& loaded, const CullOptions& options,
                                     Context& context) {
  std::vector<Comparison> all;
  culled.judge = loaded.model;
  for (const auto& members : similar) {
    std::vector<Comparison> comparisons =
        compare_group(culled.shots, members, loaded, options, context);
    require(!context.interrupted(), "Stopped before every group was judged; nothing was written.");
    JudgedGroup group = judged_group(culled.shots, members, comparisons, options);
    if (is_unread(group)) {
      culled.unjudged.insert(culled.unjudged.end(), members.begin(), members.end());
    } else {
      culled.groups.push_back(std::move(group));
      culled.members.push_back(members);
    }
    std::move(comparisons.begin(), comparisons.end(), std::back_inserter(all));
  }
  context.terminal.end_progress();
  return all;
}

/// "1 photo", "3 photos".
std::string count_of(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void write_sheet(const Culled& culled, const CullOptions& options) {
  const std::string title = fs::absolute(options.folder).lexically_normal().string();
  write_file_atomic(options.sheet,
                    contact_sheet_html(culled_sheet(culled, title, options.picture_pixels,
                                                    ImageReader(options.image))));
}

int cull(CullOptions& options, JudgeLoader engine, Context& context) {
  options.judge.seed = options.ranking.seed = context.global.seed;
  const std::string& out = context.global.output;
  std::unique_ptr<ExportFolder> links;
  if (!out.empty() && !options.dry_run) links = std::make_unique<ExportFolder>(out);
  Culled culled{.shots = read_shots(options, context), .keep = options.keep};
  const std::vector<Shot>& shots = culled.shots;
  std::vector<std::vector<std::size_t>> similar;
  std::size_t planned = 0;
  for (auto& group : similar_groups(shots, options.similar)) {
    if (group.size() == 1) {
      culled.alone.push_back(group.front());
      continue;
    }
    planned += pairs_of_group(group.size(), options.rounds).size();
    similar.push_back(std::move(group));
  }
  const std::string counts =
      fmt::format("{}: {} of similar shots, {} alone, {}.\n", count_of(shots.size(), "photo"),
                  count_of(similar.size(), "group"), count_of(culled.alone.size(), "photo"),
                  count_of(planned, "comparison"));
  if (options.dry_run) {
    context.out.print(counts);
    return kExitOk;
  }
  std::vector<Comparison> comparisons;
  if (!similar.empty())
    comparisons =
        judge_groups(culled, similar, load_judge(options, engine, context), options, context);
  if (links) write_links(culled, *links);
  if (!options.sheet.empty()) write_sheet(culled, options);
  const std::int64_t kept =
      options.xmp ? write_sidecars(culled, options.sidecar_name == "stem") : 0;
  if (context.out.json()) {
    context.out.print_json(culled_json(culled));
  } else {
    context.out.print(culled_text(culled, context.terminal.color_out()) + counts);
  }
  const bool all_voted = warn_of_unread(comparisons, context);
  if (!culled.unjudged.empty())
    context.terminal.say(LogLevel::kWarning,
                         fmt::format("No vote on {} of similar shots could be read: they get no "
                                     "rating, and links in unjudged/.",
                                     count_of(culled.unjudged.size(), "photo")));
  const bool all_read =
      std::all_of(shots.begin(), shots.end(), [](const Shot& shot) { return shot.error.empty(); });
  return all_read && all_voted && kept == 0 ? kExitOk : kExitSomeFailed;
}

}  // namespace

Command cull_command(JudgeLoader engine) {
  CommandText text{
      .name = "cull",
      .summary = "Group similar shots of a folder and find the best of each group",
      .examples = {{"juror cull photos", "groups, best first, with reasons"},
                   {"juror cull photos --recursive -o sorted --sheet sheet.html",
                    "links in best/, ok/, rest/ and alone/, and a page to look at"},
                   {"juror cull photos --xmp", "star ratings in sidecars beside the photos"},
                   {"juror cull photos --dry-run", "only count groups and comparisons"}},
      .notes =
          "Photos are never moved, changed or deleted, and a sidecar that exists is left "
          "alone. Shots are similar by what they look like and by their capture time; best are "
          "the first --keep of a group, ok those that the votes do not tell from them. Raw "
          "files are judged by the JPEG inside; one beside a JPEG of its name shares its fate."};
  text.writes_output = true;
  return make_judging_command<CullOptions>(std::move(text), engine, cull);
}

}  // namespace juror
