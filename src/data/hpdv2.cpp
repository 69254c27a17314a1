#include "data/hpdv2.h"

#include "data/dataset.h"

namespace juror {

std::vector<PreferenceExample> read_hpdv2_test(const std::filesystem::path& folder) {
  std::vector<PreferenceExample> examples;
  const std::unique_ptr<DatasetReader> reader = open_dataset(folder / "test.json", {.format = "hpdv2-test"});
  while (auto row = reader->next()) {
    for (std::size_t i = 0; i < row->images.size(); ++i) row->example.images[i] = row->images[i].name;
    examples.push_back(std::move(row->example));
  }
  return examples;
}

}  // namespace juror
