// What juror cull writes: links, sidecars, the contact sheet, and what it prints.
#include "cli/export/cull_output.h"

#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/export/contact_sheet.h"
#include "cli/table.h"
#include "data/writers/writer.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A file with its tier: each shot, and its companions with it.
using TakeFile = std::function<void(const fs::path&, Tier)>;

void each_file(const Culled& culled, const TakeFile& take) {
  for (std::size_t g = 0; g < culled.groups.size(); ++g) {
    const std::vector<Tier> tier = tiers(culled.groups[g], culled.keep);
    for (std::size_t k = 0; k < tier.size(); ++k) {
      const Shot& shot = culled.shots[culled.members[g][k]];
      take(shot.file, tier[k]);
      for (const fs::path& companion : shot.companions) take(companion, tier[k]);
    }
  }
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

}  // namespace

std::int64_t write_sidecars(const Culled& culled, bool stem) {
  std::int64_t kept = 0;
  each_file(culled, [&](const fs::path& file, Tier tier) {
    const fs::path name = stem ? file.stem() : file.filename();
    const fs::path sidecar = file.parent_path() / (name.string() + ".xmp");
    if (write_new_file(sidecar, xmp_rating(stars(tier)))) return;
    ++kept;
    log_warning(fmt::format("'{}' exists and stays as it is.", sidecar.string()));
  });
  return kept;
}

void write_links(const Culled& culled, ExportFolder& folder) {
  const auto link = [&](const char* place, const fs::path& file) {
    folder.link(folder.free_name(fs::path(place) / file.filename()), file);
  };
  each_file(culled,
            [&](const fs::path& file, Tier tier) { link(std::string(name(tier)).c_str(), file); });
  const auto link_all = [&](const char* place, const std::vector<std::size_t>& members) {
    for (const std::size_t i : members) {
      link(place, culled.shots[i].file);
      for (const fs::path& companion : culled.shots[i].companions) link(place, companion);
    }
  };
  link_all("alone", culled.alone);
  link_all("unjudged", culled.unjudged);
  folder.commit();
}

ContactSheet culled_sheet(const Culled& culled, const std::string& title,
                          std::int64_t picture_pixels, const ImageReader& reader) {
  ContactSheet sheet{.title = title, .judge = culled.judge, .groups = {}};
  for (const JudgedGroup& group : culled.groups)
    sheet.groups.push_back(sheet_group(group, culled.keep, picture_pixels, reader));
  return sheet;
}

Json culled_json(const Culled& culled) {
  Json groups = Json::array(), errors = Json::array();
  const auto names = [&](const std::vector<std::size_t>& members) {
    Json files = Json::array();
    for (const std::size_t i : members) files.push_back(culled.shots[i].file.string());
    return files;
  };
  for (const JudgedGroup& group : culled.groups)
    groups.push_back(group_json(group, tiers(group, culled.keep)));
  for (const Shot& shot : culled.shots)
    if (!shot.error.empty())
      errors.push_back({{"image", shot.file.string()}, {"error", shot.error}});
  return {{"groups", groups},
          {"alone", names(culled.alone)},
          {"unjudged", names(culled.unjudged)},
          {"errors", errors}};
}

std::string culled_text(const Culled& culled, bool color) {
  Table table{.columns = {{"group", Align::kRight},
                          {""},
                          {"win probability", Align::kRight},
                          {"95 % interval"},
                          {"photo"},
                          {"why"}},
              .rows = {}};
  for (std::size_t g = 0; g < culled.groups.size(); ++g) {
    const JudgedGroup& group = culled.groups[g];
    const std::vector<Tier> tier = tiers(group, culled.keep);
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

}  // namespace juror
