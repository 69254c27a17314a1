#include "data/selection.h"

#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace juror {
namespace {

// Names of streams of random numbers.
constexpr std::uint64_t kSplitStream = 0x5350'4c49'54ULL, kFractionStream = 0x4652'4143ULL,
                        kShuffleStream = 0x5348'5546ULL;

class SelectedReader : public DatasetReader {
 public:
  SelectedReader(std::unique_ptr<DatasetReader> reader, std::string split,
                 const DatasetOptions& options, std::size_t shuffle_rows)
      : reader_(std::move(reader)),
        split_(std::move(split)),
        options_(options),
        buffer_rows_(options.shuffle ? shuffle_rows : 1),
        draws_({kShuffleStream, static_cast<std::uint64_t>(options.seed)}) {}

  std::optional<DatasetRow> next() override {
    while (auto row = draw()) {
      if (dealt_++ % options_.world_size != options_.rank) continue;
      any_ = true;
      return row;
    }
    require(any_, "No example is left: split '{}', fraction {}, process {} of {}.", split_,
            options_.fraction, options_.rank, options_.world_size);
    return std::nullopt;
  }

 private:
  bool is_chosen(const std::string& prompt) const {
    if (!split_.empty() && hashed_split(prompt) != split_) return false;
    return is_in_fraction(prompt, options_.fraction, options_.seed);
  }

  std::optional<DatasetRow> read() {
    if (options_.limit > 0 && taken_ == options_.limit) return std::nullopt;
    while (auto row = reader_->next()) {
      if (!is_chosen(row->example.prompt)) continue;
      ++taken_;
      return row;
    }
    return std::nullopt;
  }

  /// Any row of the buffer, once it is full or the stream has ended.
  std::optional<DatasetRow> draw() {
    while (buffer_.size() < buffer_rows_ && !ended_) {
      auto row = read();
      ended_ = !row.has_value();
      if (row) buffer_.push_back(std::move(*row));
    }
    if (buffer_.empty()) return std::nullopt;
    std::swap(buffer_[draws_.below(buffer_.size())], buffer_.back());
    DatasetRow row = std::move(buffer_.back());
    buffer_.pop_back();
    return row;
  }

  std::unique_ptr<DatasetReader> reader_;
  const std::string split_;
  const DatasetOptions options_;
  const std::size_t buffer_rows_;
  Random draws_;
  std::vector<DatasetRow> buffer_;
  std::int64_t taken_ = 0, dealt_ = 0;
  bool ended_ = false, any_ = false;
};

}  // namespace

std::string hashed_split(const std::string& text) {
  const double place = prompt_hash(text, kSplitStream);
  if (place < 0.90) return "train";
  return place < 0.95 ? "validation" : "test";
}

void check_hashed_split(const std::string& split) {
  require(split == "train" || split == "validation" || split == "test",
          "There is no split '{}': the data set publishes none, so it is divided by prompt into "
          "train, validation and "
          "test.",
          split);
}

bool is_in_fraction(const std::string& text, double fraction, std::int64_t seed) {
  require(fraction > 0 && fraction <= 1,
          "A fraction of {} leaves nothing; it must be above 0 and at most 1.", fraction);
  const auto stream = kFractionStream ^ (static_cast<std::uint64_t>(seed) << 32);
  return fraction >= 1 || prompt_hash(text, stream) < fraction;
}

double prompt_hash(const std::string& prompt, std::uint64_t stream) {
  return Random({stream, text_hash(prompt)}).uniform();
}

std::unique_ptr<DatasetReader> select_rows(std::unique_ptr<DatasetReader> reader,
                                           const std::string& split, const DatasetOptions& options,
                                           std::size_t shuffle_rows) {
  require(options.rank < options.world_size, "Process {} of {}: ranks count from 0.", options.rank,
          options.world_size);
  is_in_fraction("", options.fraction, options.seed);  // refuses what is none
  if (!split.empty()) check_hashed_split(split);
  return std::make_unique<SelectedReader>(std::move(reader), split, options, shuffle_rows);
}

}  // namespace juror
