// Any bytes as a table or archive of a data set: either an Error or rows whose images match their
// ranks. The first byte picks the kind of file.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "data/archive/archive.h"
#include "data/dataset.h"

namespace {

void read_rows(const std::filesystem::path& file) {
  const auto reader = juror::open_dataset(file);
  while (const auto row = reader->next()) {
    const auto& example = row->example;
    if (row->images.size() != example.images.size()) std::abort();
    if (!example.ranking.empty() && example.ranking.size() != row->images.size()) std::abort();
  }
}

void read_members(const std::filesystem::path& file) {
  const auto archive = juror::open_archive(file);
  for (const std::string& name : archive->names()) archive->read(name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static const char* const kEndings[] = {".json", ".jsonl", ".csv", ".zip", ".tar", ".tar.gz"};
  const std::size_t kind = data[0] % std::size(kEndings);
  const auto folder =
      std::filesystem::temp_directory_path() / ("juror_fuzz." + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto file = folder / ("train" + std::string(kEndings[kind]));
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  try {
    kind < 3 ? read_rows(file) : read_members(file);
  } catch (const juror::Error&) {  // refusing is fine
  }
  return 0;
}
