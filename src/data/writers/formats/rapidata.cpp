// Rapidata's parquet: prompt, two Image structs, numbers of votes and their shares.
#include "data/writers/writer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

Json image(const ExportGroup& shown, std::size_t index, GroupPictures& pictures) {
  return {{"bytes", Json::binary(pictures.bytes(index))},
          {"path", std::filesystem::path(shown.group.images[index].name).filename().string()}};
}

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  const auto& images = shown.group.images;
  for (const ExportPair& pair : shown.pairs) {
    list.push_back({{"prompt", shown.group.prompt},
                    {"image1", image(shown, pair.first, pictures)},
                    {"image2", image(shown, pair.second, pictures)},
                    {"votes_image1", pair.votes_first},
                    {"votes_image2", pair.votes_second},
                    {"weighted_results_image1_preference", pair.p},
                    {"weighted_results_image2_preference", 1 - pair.p},
                    {"model1", images[pair.first].generator},
                    {"model2", images[pair.second].generator},
                    {"image1_path", images[pair.first].name},
                    {"image2_path", images[pair.second].name}});
  }
  return list;
}

}  // namespace

ExportFormat rapidata_writer() {
  using enum ParquetType;
  return {.name = "rapidata",
          .readers = "what reads Rapidata's preference sets",
          .storage = Storage::kParquet,
          .has_ties = true,
          .rows = rows,
          .columns = {{"prompt", kText},
                      {"image1", kImage},
                      {"image2", kImage},
                      {"votes_image1", kInt64},
                      {"votes_image2", kInt64},
                      {"weighted_results_image1_preference", kDouble},
                      {"weighted_results_image2_preference", kDouble},
                      {"model1", kText},
                      {"model2", kText},
                      {"image1_path", kText},
                      {"image2_path", kText}}};
}

}  // namespace juror
