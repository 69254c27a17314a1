#include "cli/export/xmp.h"

#include "base/error.h"
#include "base/log.h"
#include "data/writers/export_folder.h"
#include "data/writers/writer.h"

namespace juror {

void SidecarWriter::add(const JudgedGroup& group) {
  const ExportFormat format = xmp_writer();
  const std::vector<ExportPair> none;
  const auto files = format.files({.group = group, .pairs = none}, {.keep = keep_, .stem = stem_});
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::filesystem::path& picture = group.images[i].file;
    require(!picture.empty(), "'{}' is no file, so no sidecar can stand beside it.",
            group.images[i].name);
    const std::filesystem::path sidecar = picture.parent_path() / files[i].path;
    if (write_new_file(sidecar, files[i].text)) continue;
    ++kept_;
    log_warning(fmt::format("'{}' exists and stays as it is.", sidecar.string()));
  }
}

}  // namespace juror
