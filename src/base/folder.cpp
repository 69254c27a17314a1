#include "base/folder.h"

#include "base/error.h"
#include "base/file.h"

namespace juror {

bool is_lfs_pointer(const std::filesystem::path& file) {
  constexpr std::uintmax_t kLongest = 1024;
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(file, ignored);
  return !ignored && size <= kLongest &&
         read_file(file).starts_with("version https://git-lfs.github.com/spec/");
}

void create_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(fmt::format("Cannot make the folder '{}': {}.", folder.string(), error.message()),
                ErrorKind::kSystem);
}

}  // namespace juror
