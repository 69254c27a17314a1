#include <algorithm>

#include "base/error.h"
#include "base/option_text.h"
#include "data/writers/writer.h"

namespace juror {

const std::vector<ExportFormat>& export_formats() {
  static const std::vector<ExportFormat> table = {
      pickapic_writer(),     imagefolder_writer(),   scores_writer(),      trl_dpo_writer(),
      trl_kto_writer(),      llama_factory_writer(), simpletuner_writer(), imagereward_writer(),
      hpdv2_writer(),        hpdv3_writer(),         rapidata_writer(),    arena_writer(),
      label_studio_writer(), juror_writer(),         csv_writer(),         xmp_writer(),
      links_writer()};
  return table;
}

const ExportFormat& find_export_format(const std::string& name) {
  std::vector<std::string> names;
  for (const ExportFormat& format : export_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  throw Error(fmt::format("There is no export format '{}'.{} There are {}.", name,
                          did_you_mean(name, names), fmt::join(names, ", ")));
}

std::string group_name(std::size_t number) { return fmt::format("{:06}", number); }

}  // namespace juror
