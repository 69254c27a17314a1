#include "data/loaded_rows.h"

#include <algorithm>

#include "data/memory_budget.h"
#include "data/prefetch.h"

namespace juror {

/// The reader is asked in order, one thread at a time; decoding runs side by side.
class LoadedRows::Work {
 public:
  Work(std::unique_ptr<DatasetReader> reader, LoadOptions options)
      : reader_(std::move(reader)),
        options_(std::move(options)),
        budget_(options_.most_bytes),
        rows_([this](std::uint64_t index) { return load(index); }, 0, options_.threads,
              options_.depth) {}

  ~Work() { budget_.close(); }  // before the threads are waited for

  std::optional<LoadedRow> next() {
    budget_.release(std::exchange(given_, 0));
    std::optional<LoadedRow> row = rows_.next();
    if (row) given_ = row->bytes;
    return row;
  }

 private:
  /// The row of this index, when its turn has come. After the end, or after a row that could not be
  /// read: nothing.
  std::optional<DatasetRow> read(std::uint64_t index) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == index; });
    std::optional<DatasetRow> row;
    std::exception_ptr error;
    try {
      if (!ended_) row = reader_->next();
    } catch (...) {
      error = std::current_exception();
    }
    ended_ = !row.has_value();
    ++next_;
    turn_.notify_all();
    if (error) std::rethrow_exception(error);
    return row;
  }

  std::optional<LoadedRow> load(std::uint64_t index) {
    std::optional<LoadedRow> loaded;
    Files files;
    try {
      if (std::optional<DatasetRow> row = read(index)) loaded = LoadedRow{.row = std::move(*row)};
      if (loaded) loaded->is_loaded = !options_.wanted || options_.wanted(loaded->row);
      if (loaded && loaded->is_loaded) files = read_files(*loaded);
    } catch (...) {
      budget_.admit(index, 0);
      throw;
    }
    const bool is_wanted = budget_.admit(index, loaded ? loaded->bytes : 0);
    if (is_wanted && !files.empty()) decode(files, *loaded);
    return loaded;
  }

  using Files = std::vector<std::vector<std::uint8_t>>;

  /// The bytes of the images; their headers say what memory the row will take.
  static Files read_files(LoadedRow& loaded) {
    try {
      Files files;
      std::int64_t all = 0, largest = 0;
      for (const ImageSource& source : loaded.row.images) {
        files.push_back(source.read());
        const Size size = probe_image(files.back(), source.name).stored;
        const std::int64_t pixels = std::int64_t{size.width} * size.height;
        all += pixels;
        largest = std::max(largest, pixels);
      }
      loaded.bytes = 3 * all + 4 * largest;  // image/decode.h: 4 more while one is decoded
      return files;
    } catch (...) {
      loaded.error = std::current_exception();
      return {};
    }
  }

  static void decode(const Files& files, LoadedRow& loaded) {
    try {
      for (std::size_t i = 0; i < files.size(); ++i)
        loaded.images.push_back(decode_image(loaded.row.images[i], files[i]));
    } catch (...) {
      loaded.images.clear();
      loaded.error = std::current_exception();
    }
  }

  std::unique_ptr<DatasetReader> reader_;
  const LoadOptions options_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;
  bool ended_ = false;
  MemoryBudget budget_;
  std::int64_t given_ = 0;                     // bytes of the row that was handed out last
  Prefetcher<std::optional<LoadedRow>> rows_;  // last: its threads use the rest
};

LoadedRows::LoadedRows(std::unique_ptr<DatasetReader> reader, LoadOptions options)
    : work_(std::make_unique<Work>(std::move(reader), std::move(options))) {}
LoadedRows::~LoadedRows() = default;
std::optional<LoadedRow> LoadedRows::next() { return work_->next(); }

}  // namespace juror
