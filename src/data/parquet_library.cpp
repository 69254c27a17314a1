#include <dlfcn.h>

#include "base/error.h"
#include "data/parquet.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Loads the library that stands beside the program, or in lib/juror of an installed one; it stays
/// loaded.
OpenParquet load_library() {
  const fs::path beside = fs::read_symlink("/proc/self/exe").parent_path();
  std::string reason = "there is none";
  for (const fs::path& folder : {beside, beside.parent_path() / "lib" / "juror",
                                 beside.parent_path() / "libexec" / "juror"}) {
    const fs::path file = folder / "libjuror-parquet.so";
    if (!fs::exists(file)) continue;
    if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      if (void* symbol = dlsym(library, kParquetSymbol))
        return reinterpret_cast<OpenParquet>(symbol);
    }
    reason = dlerror();
  }
  throw Error(fmt::format("Reading parquet needs libjuror-parquet.so beside the program, but {}. "
                          "`scripts/build` makes it, with the "
                          "Arrow that `scripts/setup` fetches.",
                          reason),
              ErrorKind::kSystem);
}

}  // namespace

std::unique_ptr<ParquetFile> open_parquet(const fs::path& path) {
  static const OpenParquet open = load_library();
  require(fs::is_regular_file(path), "'{}' is missing or no file.", path.string());
  return std::unique_ptr<ParquetFile>(open(path.c_str()));
}

}  // namespace juror
