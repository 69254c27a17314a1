// What juror cull writes: links, sidecars, the contact sheet, and what it prints.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/shots.h"
#include "data/writers/export_folder.h"
#include "data/writers/judged_group.h"
#include "report/contact_sheet.h"

namespace juror {

/// A folder's shots in groups of two or more, as judged, and the others. Numbers are indices of
/// `shots`.
struct Culled {
  std::vector<Shot> shots;
  std::vector<JudgedGroup> groups = {};
  std::vector<std::vector<std::size_t>> members = {};  ///< of each group, as its images
  std::vector<std::size_t> alone = {};
  std::vector<std::size_t> unjudged = {};  ///< of groups on which no vote could be read
  std::string judge = {};                  ///< the model that voted
  std::int64_t keep = 1;                   ///< shots of a group that are best
};

/// Star ratings beside the shots of groups. Returns how many sidecars existed and stay as they are.
std::int64_t write_sidecars(const Culled& culled, bool stem);

/// Links in best/, ok/, rest/, alone/ and unjudged/.
void write_links(const Culled& culled, ExportFolder& folder);

ContactSheet culled_sheet(const Culled& culled, const std::string& title,
                          std::int64_t picture_pixels, const ImageReader& reader);

nlohmann::ordered_json culled_json(const Culled& culled);

/// A row for each shot of a group; "" without groups.
std::string culled_text(const Culled& culled, bool color);

}  // namespace juror
