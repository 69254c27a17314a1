#include <dlfcn.h>

#include "base/error.h"
#include "base/file.h"
#include "data/parquet.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Loads the library that stands beside the program, or in lib/juror of an installed one; it stays
/// loaded.
void* load_library() {
  const fs::path beside = fs::read_symlink("/proc/self/exe").parent_path();
  std::string reason = "there is none";
  for (const fs::path& folder : {beside, beside.parent_path() / "lib" / "juror",
                                 beside.parent_path() / "libexec" / "juror"}) {
    const fs::path file = folder / "libjuror-parquet.so";
    if (!fs::exists(file)) continue;
    if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    reason = dlerror();
  }
  throw Error(fmt::format("Parquet needs libjuror-parquet.so beside the program, but {}. "
                          "`scripts/build` makes it, with the Arrow that `scripts/setup` fetches.",
                          reason),
              ErrorKind::kSystem);
}

template <class Function>
Function symbol(const char* name) {
  static void* const library = load_library();
  void* found = dlsym(library, name);
  if (found == nullptr)
    throw Error(fmt::format("libjuror-parquet.so beside the program is of another version: it has "
                            "no {}. `scripts/build` makes it anew.",
                            name),
                ErrorKind::kSystem);
  return reinterpret_cast<Function>(found);
}

/// A file that is written by the library.
class FileSink : public ParquetSink {
 public:
  explicit FileSink(const fs::path& path) : file_(path) {}
  void write(const void* data, std::size_t size) override { file_.write(data, size); }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
};

class CommittedWriter : public ParquetWriter {
 public:
  CommittedWriter(const fs::path& path, const std::vector<ParquetColumn>& columns)
      : sink_(path), writer_(symbol<CreateParquet>(kCreateParquetSymbol)(columns, &sink_)) {}
  void add(const nlohmann::ordered_json& row) override { writer_->add(row); }
  void finish() override {
    writer_->finish();
    sink_.commit();
  }

 private:
  FileSink sink_;
  std::unique_ptr<ParquetWriter> writer_;
};

class CommittedRewriter : public ParquetRewriter {
 public:
  CommittedRewriter(const fs::path& from, const fs::path& to)
      : sink_(to), rewriter_(symbol<RewriteParquet>(kRewriteParquetSymbol)(from.c_str(), &sink_)) {}
  int groups() const override { return rewriter_->groups(); }
  bool has(const std::string& column) const override { return rewriter_->has(column); }
  void copy(const ParquetColumns& changed) override { rewriter_->copy(changed); }
  void finish() override {
    rewriter_->finish();
    sink_.commit();
  }

 private:
  FileSink sink_;
  std::unique_ptr<ParquetRewriter> rewriter_;
};

void require_file(const fs::path& path) {
  require(fs::is_regular_file(path), "'{}' is missing or no file.", path.string());
}

}  // namespace

std::unique_ptr<ParquetFile> open_parquet(const fs::path& path) {
  const auto open = symbol<OpenParquet>(kParquetSymbol);
  require_file(path);
  return std::unique_ptr<ParquetFile>(open(path.c_str()));
}

std::unique_ptr<ParquetWriter> create_parquet(const fs::path& path,
                                              const std::vector<ParquetColumn>& columns) {
  return std::make_unique<CommittedWriter>(path, columns);
}

std::unique_ptr<ParquetRewriter> rewrite_parquet(const fs::path& from, const fs::path& to) {
  require_file(from);
  std::error_code unknown;
  require(!fs::equivalent(from, to, unknown), "'{}' would be written over itself.", from.string());
  return std::make_unique<CommittedRewriter>(from, to);
}

}  // namespace juror
