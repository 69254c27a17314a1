// juror cull: a photographer's folder: similar shots in groups, the best of each group first.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/export/contact_sheet.h"
#include "cli/judge/judging.h"
#include "cli/table.h"
#include "data/shots.h"
#include "data/writers/export_folder.h"
#include "data/writers/writer.h"
#include "judge/reasons.h"
#include "preference/pair_order.h"
#include "preference/ranking.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

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

/// Groups of two or more, as judged, and what stands alone.
struct Culled {
  std::vector<JudgedGroup> groups;
  std::vector<std::vector<std::size_t>> shots;  // of each group, as its images
  std::vector<std::size_t> alone;
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

/// Ranks one group; `candidates` are its shots, read again, for only their views are kept.
JudgedGroup judge_group(const std::vector<Shot>& shots, const std::vector<std::size_t>& members,
                        const LoadedJudge& loaded, const CullOptions& options, Context& context) {
  const ImageReader reader(options.image);
  std::vector<CandidateImage> candidates;
  for (const std::size_t i : members)
    candidates.push_back(loaded.judge->prepare(reader.load(shots[i].file)));
  const std::vector<Comparison> comparisons =
      loaded.judge->compare("", candidates, pairs_of_group(members.size(), options.rounds),
                            options.judge, context.progress());
  std::vector<PairReads> reads;
  for (const Comparison& comparison : comparisons)
    reads.push_back({comparison.pair.first, comparison.pair.second, reads_of(comparison.votes)});
  const Ranking ranking = rank_images(members.size(), reads, options.ranking);
  const std::vector<std::string> reasons = image_reasons(members.size(), comparisons);
  JudgedGroup group{.id = shots[members.front()].file.filename().string(), .judge = loaded.model};
  for (std::size_t k = 0; k < members.size(); ++k)
    group.images.push_back(judged_image(shots[members[k]], ranking.items[k], reasons[k]));
  return group;
}

/// A file with its tier: each shot, and its companions with it.
using TakeFile = std::function<void(const fs::path&, Tier)>;

void each_file(const Culled& culled, const std::vector<Shot>& shots, std::int64_t keep,
               const TakeFile& take) {
  for (std::size_t g = 0; g < culled.groups.size(); ++g) {
    const std::vector<Tier> tier = tiers(culled.groups[g], keep);
    for (std::size_t k = 0; k < tier.size(); ++k) {
      const Shot& shot = shots[culled.shots[g][k]];
      take(shot.file, tier[k]);
      for (const fs::path& companion : shot.companions) take(companion, tier[k]);
    }
  }
}

/// Returns how many sidecars existed and stay as they are.
std::int64_t write_sidecars(const Culled& culled, const std::vector<Shot>& shots,
                            const CullOptions& options) {
  std::int64_t kept = 0;
  each_file(culled, shots, options.keep, [&](const fs::path& file, Tier tier) {
    const fs::path name = options.sidecar_name == "stem" ? file.stem() : file.filename();
    const fs::path sidecar = file.parent_path() / (name.string() + ".xmp");
    if (write_new_file(sidecar, xmp_rating(stars(tier)))) return;
    ++kept;
    log_warning(fmt::format("'{}' exists and stays as it is.", sidecar.string()));
  });
  return kept;
}

void write_links(const Culled& culled, const std::vector<Shot>& shots, std::int64_t keep,
                 ExportFolder& folder) {
  const auto link = [&](const char* place, const fs::path& file) {
    folder.link(folder.free_name(fs::path(place) / file.filename()), file);
  };
  each_file(culled, shots, keep,
            [&](const fs::path& file, Tier tier) { link(std::string(name(tier)).c_str(), file); });
  for (const std::size_t i : culled.alone) {
    link("alone", shots[i].file);
    for (const fs::path& companion : shots[i].companions) link("alone", companion);
  }
  folder.commit();
}

void write_sheet(const Culled& culled, const CullOptions& options) {
  const ImageReader reader(options.image);
  ContactSheet sheet{.title = fs::absolute(options.folder).lexically_normal().string(),
                     .judge = options.model,
                     .groups = {}};
  for (const JudgedGroup& group : culled.groups)
    sheet.groups.push_back(sheet_group(group, options.keep, options.picture_pixels, reader));
  write_file_atomic(options.sheet, contact_sheet_html(sheet));
}

Json group_json(const JudgedGroup& group, const std::vector<Tier>& tier) {
  Json rows = Json::array();
  for (const std::size_t i : best_first(group)) {
    const JudgedImage& image = group.images[i];
    rows.push_back({{"image", image.name},
                    {"tier", name(tier[i])},
                    {"position", image.position},
                    {"score", image.score},
                    {"ci", {image.score_low, image.score_high}},
                    {"reason", image.reason}});
  }
  return rows;
}

Json culled_json(const Culled& culled, const std::vector<Shot>& shots, std::int64_t keep) {
  Json groups = Json::array(), alone = Json::array(), errors = Json::array();
  for (const JudgedGroup& group : culled.groups)
    groups.push_back(group_json(group, tiers(group, keep)));
  for (const std::size_t i : culled.alone) alone.push_back(shots[i].file.string());
  for (const Shot& shot : shots)
    if (!shot.error.empty())
      errors.push_back({{"image", shot.file.string()}, {"error", shot.error}});
  return {{"groups", groups}, {"alone", alone}, {"errors", errors}};
}

std::string culled_text(const Culled& culled, std::int64_t keep, bool color) {
  Table table{.columns = {{"group", Align::kRight},
                          {""},
                          {"win probability", Align::kRight},
                          {"95 % interval"},
                          {"photo"},
                          {"why"}},
              .rows = {}};
  for (std::size_t g = 0; g < culled.groups.size(); ++g) {
    const JudgedGroup& group = culled.groups[g];
    const std::vector<Tier> tier = tiers(group, keep);
    for (const std::size_t i : best_first(group)) {
      const JudgedImage& image = group.images[i];
      const bool best = tier[i] == Tier::kBest;
      table.rows.push_back({Cell(std::to_string(g + 1)),
                            Cell(std::string(name(tier[i])), best ? Style::kBold : Style::kPlain),
                            Cell(fmt::format("{:.3f}", image.score)),
                            Cell(fmt::format("{:.3f} - {:.3f}", image.score_low, image.score_high)),
                            Cell(image.name),
                            Cell(image.reason.substr(0, image.reason.find('\n')), Style::kDim)});
    }
  }
  return table.rows.empty() ? "" : table.text(color);
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

int cull(CullOptions& options, JudgeLoader engine, Context& context) {
  options.judge.seed = options.ranking.seed = context.global.seed;
  const std::string& out = context.global.output;
  std::unique_ptr<ExportFolder> links;
  if (!out.empty() && !options.dry_run) links = std::make_unique<ExportFolder>(out);
  const std::vector<Shot> shots = read_shots(options, context);
  Culled culled;
  std::size_t comparisons = 0;
  for (auto& group : similar_groups(shots, options.similar)) {
    if (group.size() == 1) {
      culled.alone.push_back(group.front());
      continue;
    }
    comparisons += pairs_of_group(group.size(), options.rounds).size();
    culled.shots.push_back(std::move(group));
  }
  const std::string counts =
      fmt::format("{} photos: {} groups of similar shots, {} photos alone, {} comparisons.\n",
                  shots.size(), culled.shots.size(), culled.alone.size(), comparisons);
  if (options.dry_run) {
    context.out.print(counts);
    return kExitOk;
  }
  if (!culled.shots.empty()) {
    const LoadedJudge loaded = load_judge(options, engine, context);
    for (const auto& members : culled.shots) {
      culled.groups.push_back(judge_group(shots, members, loaded, options, context));
      require(!context.interrupted(),
              "Stopped before every group was judged; nothing was written.");
    }
    context.terminal.end_progress();
  }
  if (links) write_links(culled, shots, options.keep, *links);
  if (!options.sheet.empty()) write_sheet(culled, options);
  const std::int64_t kept = options.xmp ? write_sidecars(culled, shots, options) : 0;
  if (context.out.json()) {
    context.out.print_json(culled_json(culled, shots, options.keep));
  } else {
    context.out.print(culled_text(culled, options.keep, context.terminal.color_out()) + counts);
  }
  const bool all_read =
      std::all_of(shots.begin(), shots.end(), [](const Shot& shot) { return shot.error.empty(); });
  return all_read && kept == 0 ? kExitOk : kExitSomeFailed;
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
