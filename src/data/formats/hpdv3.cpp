// HPDv3, {prompt, path1 (preferred), path2, confidence, choice_dist, model1, model2}; the votes are
// null where nobody was asked.
#include "base/shown_json.h"
#include "data/format.h"

namespace juror {
namespace {

constexpr std::int64_t kMostVotes = 10'000;

bool recognises(const Record& record) { return record.has("path1") && record.has("path2"); }

std::int64_t votes_of(const Record& record, const nlohmann::json& count) {
  const Record one{.fields = {{"choice_dist", count}}, .place = record.place};
  return one.integer("choice_dist", 0, kMostVotes);
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("prompt"), "hpdv3");
  row.example.ranking = {1, 2};
  add_images(row, record, {record.text("path1"), record.text("path2")}, places);
  add_generators(row, record, {"model1", "model2"});
  if (!record.has("choice_dist")) return row;
  const nlohmann::json& counts = record.value("choice_dist");
  record.expect(counts.is_array() && counts.size() == 2,
                "'choice_dist' is {}; it must be two numbers of votes.", shown_json(counts));
  row.example.votes = pair_votes(votes_of(record, counts[0]), votes_of(record, counts[1]));
  return row;
}

}  // namespace

DatasetFormat hpdv3_format() {
  return {"hpdv3", "HPDv3: pairs with the preferred image first and numbers of votes", recognises,
          read};
}

}  // namespace juror
