// FastChat's arena battles. The players are the models that made the pictures; a picture whose
// model is not known plays for itself.
#include "base/base64.h"
#include "data/writers/writer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// Names that are no UTF-8 look alike once they are JSON; their bytes tell them apart.
std::string player(const JudgedImage& image) {
  const std::string& name = image.generator.empty() ? image.name : image.generator;
  const Json shown = Json::parse(Json(name).dump(-1, ' ', false, Json::error_handler_t::replace));
  const auto text = shown.get<std::string>();
  return text == name ? name : text + " (" + base64(name) + ")";
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
