// For photographers: star ratings in XMP sidecars, and folders of links by tier. Neither touches a
// picture.
#include <fmt/format.h>

#include "data/writers/writer.h"

namespace juror {

int stars(Tier tier) {
  if (tier == Tier::kBest) return 5;
  return tier == Tier::kOk ? 3 : 1;
}

namespace {

namespace fs = std::filesystem;

std::vector<ExportFile> sidecars(const ExportGroup& shown, const WriterOptions& options) {
  std::vector<ExportFile> list;
  const std::vector<Tier> tier = tiers(shown.group, options.keep);
  for (std::size_t i = 0; i < tier.size(); ++i) {
    const fs::path picture = fs::path(shown.group.images[i].name).filename();
    list.push_back({.path = (options.stem ? picture.stem() : picture).string() + ".xmp",
                    .text = xmp_rating(stars(tier[i]))});
  }
  return list;
}

std::vector<ExportFile> links(const ExportGroup& shown, const WriterOptions& options) {
  std::vector<ExportFile> list;
  const std::vector<Tier> tier = tiers(shown.group, options.keep);
  for (const std::size_t i : best_first(shown.group)) {
    const fs::path picture = fs::path(shown.group.images[i].name).filename();
    list.push_back({.path = fs::path(name(tier[i])) / picture, .image = i, .link = true});
  }
  return list;
}

}  // namespace

std::string xmp_rating(int stars) {
  return fmt::format(
      "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
      " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
      "  <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
      "xmp:Rating=\"{}\"/>\n"
      " </rdf:RDF>\n"
      "</x:xmpmeta>\n"
      "<?xpacket end=\"w\"?>\n",
      stars);
}

ExportFormat xmp_writer() {
  return {.name = "xmp",
          .readers = "darktable, digiKam, Lightroom: xmp:Rating in sidecars",
          .storage = Storage::kFiles,
          .takes_pairs = false,
          .files = sidecars};
}

ExportFormat links_writer() {
  return {.name = "links",
          .readers = "any file manager: links in best/, ok/, rest/",
          .storage = Storage::kFiles,
          .takes_pairs = false,
          .files = links};
}

}  // namespace juror
