// FastChat's arena battles. The players are the models that made the pictures; a picture whose
// model is not known plays for itself.
#include "data/writers/writer.h"

namespace juror {
namespace {

std::string player(const JudgedImage& image) {
  return image.generator.empty() ? image.name : image.generator;
}

ExportRows rows(const ExportGroup& shown, GroupPictures&, const WriterOptions&) {
  ExportRows list;
  const JudgedGroup& group = shown.group;
  for (const ExportPair& pair : shown.pairs) {
    list.push_back({{"question_id", group.id},
                    {"model_a", player(group.images[pair.first])},
                    {"model_b", player(group.images[pair.second])},
                    {"winner", pair.tie           ? "tie"
                               : first_wins(pair) ? "model_a"
                                                  : "model_b"},
                    {"judge", group.judge},
                    {"turn", 1},
                    {"anony", true},
                    {"language", "unknown"},
                    {"tstamp", static_cast<double>(group.time_ns) / 1e9}});
  }
  return list;
}

}  // namespace

ExportFormat arena_writer() {
  return {.name = "arena",
          .readers = "FastChat's elo_analysis and what reads its battles",
          .storage = Storage::kJsonLines,
          .has_ties = true,
          .rows = rows};
}

}  // namespace juror
