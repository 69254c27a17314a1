// SimpleTuner: two folders of pictures of equal names, each with its caption in a .txt beside it.
#include <fmt/format.h>

#include "data/writers/writer.h"

namespace juror {
namespace {

std::vector<ExportFile> files(const ExportGroup& shown, const WriterOptions&) {
  std::vector<ExportFile> list;
  for (const ExportPair& pair : shown.pairs) {
    const std::string name =
        fmt::format("{}-{}-{}", group_name(shown.group.number), pair.first, pair.second);
    for (const bool win : {true, false}) {
      const std::filesystem::path path = std::filesystem::path(win ? "win" : "lose") / name;
      const std::size_t image = win == first_wins(pair) ? pair.first : pair.second;
      list.push_back({.path = path, .image = image});
      list.push_back({.path = path.string() + ".txt", .text = shown.group.prompt + "\n"});
    }
  }
  return list;
}

}  // namespace

ExportFormat simpletuner_writer() {
  return {.name = "simpletuner",
          .readers = "SimpleTuner: win/ and lose/, captions in .txt",
          .storage = Storage::kFiles,
          .files = files};
}

}  // namespace juror
