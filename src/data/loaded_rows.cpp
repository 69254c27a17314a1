#include "data/loaded_rows.h"

#include "data/prefetch.h"

namespace juror {

/// The reader is asked in order, one thread at a time; decoding runs side by side.
class LoadedRows::Work {
 public:
  Work(std::unique_ptr<DatasetReader> reader, LoadedRowsOptions options)
      : reader_(std::move(reader)),
        options_(std::move(options)),
        rows_([this](std::uint64_t index) { return load(index); }, 0, options_.threads,
              options_.depth) {}

  std::optional<LoadedRow> next() { return rows_.next(); }

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
    std::optional<DatasetRow> row = read(index);
    if (!row) return std::nullopt;
    LoadedRow loaded{.row = std::move(*row)};
    loaded.is_loaded = !options_.wanted || options_.wanted(loaded.row);
    if (loaded.is_loaded) decode(loaded);
    return loaded;
  }

  void decode(LoadedRow& loaded) const {
    try {
      for (const ImageSource& source : loaded.row.images)
        loaded.images.push_back(decode_image(source.read(), source.name, options_.limits));
    } catch (...) {
      loaded.images.clear();
      loaded.error = std::current_exception();
    }
  }

  std::unique_ptr<DatasetReader> reader_;
  const LoadedRowsOptions options_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;
  bool ended_ = false;
  Prefetcher<std::optional<LoadedRow>> rows_;  // last: its threads use the rest
};

LoadedRows::LoadedRows(std::unique_ptr<DatasetReader> reader, LoadedRowsOptions options)
    : work_(std::make_unique<Work>(std::move(reader), std::move(options))) {}
LoadedRows::~LoadedRows() = default;
std::optional<LoadedRow> LoadedRows::next() { return work_->next(); }

}  // namespace juror
