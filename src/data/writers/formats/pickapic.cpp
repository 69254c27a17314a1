// Pick-a-Pic v2's parquet: the columns and types that Diffusion-DPO, diffusers'
// train_diffusion_dpo*.py and SPO read.
#include <fmt/format.h>

#include "base/text_hash.h"
#include "data/writers/writer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;

/// The same picture has the same name in every row.
std::string uid(const Bytes& bytes) {
  return fmt::format("{:016x}",
                     text_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

Json row(const ExportGroup& shown, const ExportPair& pair, GroupPictures& pictures) {
  const JudgedGroup& group = shown.group;
  const Bytes first = pictures.bytes(pair.first), second = pictures.bytes(pair.second);
  const double label = pair.tie ? 0.5 : first_wins(pair) ? 1.0 : 0.0;
  const std::string uids[] = {uid(first), uid(second)};
  return {{"are_different", first != second},
          {"best_image_uid", pair.tie ? "" : uids[first_wins(pair) ? 0 : 1]},
          {"caption", group.prompt},
          {"created_at", group.time_ns},
          {"has_label", true},
          {"image_0_uid", uids[0]},
          {"image_0_url", ""},
          {"image_1_uid", uids[1]},
          {"image_1_url", ""},
          {"jpg_0", Json::binary(first)},
          {"jpg_1", Json::binary(second)},
          {"label_0", label},
          {"label_1", 1 - label},
          {"model_0", group.images[pair.first].generator},
          {"model_1", group.images[pair.second].generator},
          {"ranking_id", group.number},
          {"user_id", 0},
          {"num_example_per_prompt", shown.pairs_of_prompt}};
}

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  for (const ExportPair& pair : shown.pairs) list.push_back(row(shown, pair, pictures));
  return list;
}

}  // namespace

ExportFormat pickapic_writer() {
  using enum ParquetType;
  return {.name = "pickapic",
          .readers = "Diffusion-DPO, diffusers' train_diffusion_dpo*.py, SPO",
          .storage = Storage::kParquet,
          .has_ties = true,
          .rows = rows,
          .columns = {{"are_different", kBool},
                      {"best_image_uid", kText},
                      {"caption", kText},
                      {"created_at", kTimestampNs},
                      {"has_label", kBool},
                      {"image_0_uid", kText},
                      {"image_0_url", kText},
                      {"image_1_uid", kText},
                      {"image_1_url", kText},
                      {"jpg_0", kBinary},
                      {"jpg_1", kBinary},
                      {"label_0", kDouble},
                      {"label_1", kDouble},
                      {"model_0", kText},
                      {"model_1", kText},
                      {"ranking_id", kInt64},
                      {"user_id", kInt64},
                      {"num_example_per_prompt", kInt64}}};
}

}  // namespace juror
