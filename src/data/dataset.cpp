// Opening a data set: its layout, the tables of a split one after the other, the format of each,
// then the choice of rows.
#include "data/dataset.h"

#include <set>
#include <unordered_set>

#include "base/log.h"
#include "base/option_text.h"
#include "data/format.h"
#include "data/imagereward_hub.h"
#include "data/layout.h"
#include "data/ratings.h"
#include "data/selection.h"
#include "image/decode.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShuffledRows = 4096, kShuffledRowsWithPictures = 256;

bool is_parquet(const fs::path& file) { return file.extension() == ".parquet"; }

/// The tables of a split, one after the other.
class SplitReader : public DatasetReader {
 public:
  SplitReader(fs::path root, DatasetSplit split, const DatasetOptions& options)
      : root_(std::move(root)),
        split_(std::move(split)),
        named_(options.format == "auto" ? nullptr : &find_format(options.format)),
        images_(std::make_shared<ImageReader>(options.image)),
        tells_(options.tells) {}

  std::optional<DatasetRow> next() override {
    for (;;) {
      if (table_ == nullptr && !open_next()) return std::nullopt;
      if (auto record = table_->next()) return row_of(*record);
      require(in_table_ > 0, "'{}' holds no example.", file_.string());
      table_ = nullptr;
    }
  }

 private:
  bool open_next() {
    if (opened_ == split_.files.size()) return false;
    file_ = split_.files[opened_++];
    const bool is_hub = file_.extension() == ".zip";
    table_ = is_hub ? open_imagereward_zip(file_) : open_table(file_);
    places_ = is_hub ? ImagePlaces({file_}) : ImagePlaces(roots(), split_.name);
    format_ = named_;
    in_table_ = 0;
    return true;
  }

  /// The table's own folder, then that of the data set.
  std::vector<fs::path> roots() const {
    const fs::path own = file_.has_parent_path() ? file_.parent_path() : ".";
    return own == root_ ? std::vector{own} : std::vector{own, root_};
  }

  DatasetRow row_of(const Record& record) {
    if (format_ == nullptr) format_ = &recognise_format(record);
    record.expect(format_->read != nullptr, "a table of {} stands among tables of another format.",
                  format_->name);
    DatasetRow row = format_->read(record, *places_);
    for (ImageSource& image : row.images) image.reader = images_;
    if (row.example.id.empty()) {
      row.example.id = fmt::format("{}-{}", file_.stem().string(), in_table_);
    } else {
      record.expect(ids_.insert(text_hash(row.example.id)).second,
                    "the id '{}' stands in an earlier row too; ids must differ.", row.example.id);
    }
    if (in_table_++ == 0 && row.example.prompt.empty() && tells_) tell_missing_prompts(record);
    if (tells_ && !told_copies_) tell_copies(row.example, record);
    try {
      check_example(row.example);
    } catch (const Error& error) {
      record.refuse(error.what());
    }
    return row;
  }

  /// A table may have no prompts; one whose prompts stand in a column of another name must not seem
  /// to.
  void tell_missing_prompts(const Record& record) const {
    if (!prompt_column(record).empty()) return;
    std::vector<std::string> names;
    for (const auto& [name, value] : record.fields.items()) names.push_back(name);
    log_warning(
        fmt::format("'{}' has no column that is known to hold prompts (prompt, caption, "
                    "text …), but {}: its pairs are read without a prompt.",
                    file_.string(), fmt::join(names, ", ")));
  }

  /// Of an image against itself every label is wrong but a tie.
  void tell_copies(const PreferenceExample& example, const Record& record) {
    const std::set<std::string> names(example.images.begin(), example.images.end());
    told_copies_ = names.size() < example.images.size();
    if (!told_copies_) return;
    log_warning(
        fmt::format("{}: an image stands there more than once ({}): a copy against itself is a "
                    "tie, whatever its label. Rows behind it may have such pairs too.",
                    record.place, fmt::join(example.images, ", ")));
  }

  fs::path root_;
  DatasetSplit split_;
  const DatasetFormat* named_;  // null: each table's first row tells
  std::shared_ptr<const ImageReader> images_;
  bool tells_ = true, told_copies_ = false;
  std::size_t opened_ = 0;
  fs::path file_;
  std::unique_ptr<Table> table_;
  std::optional<ImagePlaces> places_;
  const DatasetFormat* format_ = nullptr;
  std::int64_t in_table_ = 0;
  std::unordered_set<std::uint64_t> ids_;
};

DatasetSplit choose_split(const DatasetLayout& layout, const std::string& wanted) {
  std::vector<std::string> names;
  for (const DatasetSplit& split : layout.splits) {
    if (split.name == wanted) return split;
    names.push_back(split.name);
  }
  if (wanted.empty() && names.size() == 1) return layout.splits[0];
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  require(!wanted.empty(), "'{}' has the splits {}; name one with --split.", layout.root.string(),
          list);
  throw Error(fmt::format("'{}' has no split '{}', but {}.{}", layout.root.string(), wanted, list,
                          did_you_mean(wanted, names)));
}

/// Its pairs; split and fraction have chosen the images of which they are drawn.
std::unique_ptr<DatasetReader> open_ratings(const fs::path& path, const DatasetOptions& options) {
  DatasetOptions rest = options;
  rest.fraction = 1;
  return select_rows(open_rated_pairs(read_rated_images(path, options), options), "", rest,
                     kShuffledRows);
}

}  // namespace

Image load_image(const ImageSource& source) { return decode_image(source, source.read()); }

Image decode_image(const ImageSource& source, std::span<const std::uint8_t> bytes) {
  return source.reader == nullptr ? decode_image(bytes, source.name)
                                  : source.reader->decode(bytes, source.name);
}

std::unique_ptr<DatasetReader> open_dataset(const fs::path& path, const DatasetOptions& options) {
  if (holds_ratings(path, options)) return open_ratings(path, options);
  const DatasetLayout layout = find_layout(path);
  DatasetSplit split =
      layout.publishes_splits ? choose_split(layout, options.split) : layout.splits[0];
  const std::string by_prompt = layout.publishes_splits ? "" : options.split;
  const std::size_t shuffled =
      is_parquet(split.files[0]) ? kShuffledRowsWithPictures : kShuffledRows;
  return select_rows(std::make_unique<SplitReader>(layout.root, std::move(split), options),
                     by_prompt, options, shuffled);
}

}  // namespace juror
