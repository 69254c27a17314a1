// Rapidata's sets (parquet): prompt, image1, image2, and votes_image1/2 (counts) or
// weighted_results_image1/2_preference.
#include "data/format.h"

namespace juror {
namespace {

constexpr std::int64_t kMostVotes = 10'000;
constexpr const char* kWeighted[] = {"weighted_results_image1_preference",
                                     "weighted_results_image1"};

bool has_votes(const Record& record) {
  return record.has("votes_image1") && record.has("votes_image2");
}

/// The column of the first image's weighted votes; null where there is none.
const char* weighted_column(const Record& record) {
  for (const char* column : kWeighted) {
    if (record.fields.contains(column)) return column;
  }
  return nullptr;
}

bool recognises(const Record& record) {
  return record.fields.contains("image1") &&
         (has_votes(record) || weighted_column(record) != nullptr);
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("prompt"), "rapidata");
  add_image(row, record, "image1", places);
  add_image(row, record, "image2", places);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string path = fmt::format("image{}_path", i + 1);
    if (record.has(path)) row.example.images[i] = record.text(path);
  }
  add_generators(row, record, {"model1", "model2"});
  if (has_votes(record)) {
    const auto first = record.integer("votes_image1", 0, kMostVotes),
               second = record.integer("votes_image2", 0, kMostVotes);
    row.example.votes = pair_votes(first, second);
    if (first + second > 0) row.example.ranking = pair_ranks(static_cast<double>(first - second));
    return row;
  }
  const char* column = weighted_column(record);
  record.expect(column != nullptr, "there are neither votes_image1 and votes_image2 nor {}.",
                kWeighted[0]);
  std::string other = column;
  other.replace(other.find("image1"), 6, "image2");
  row.example.ranking = pair_ranks(record.number(column) - record.number(other));
  return row;
}

}  // namespace

DatasetFormat rapidata_format() {
  return {"rapidata", "Rapidata: parquet with image1, image2 and votes", recognises, read};
}

}  // namespace juror
