#include "data/ratings.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/log.h"
#include "base/option_text.h"
#include "data/format.h"
#include "data/formats/ratings.h"
#include "data/layout.h"
#include "data/rating_pairs.h"
#include "data/selection.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// "0:100" as its two numbers.
std::optional<std::pair<double, double>> stated_range(const std::string& text) {
  if (text.empty()) return std::nullopt;
  double low = 0, high = 0;
  char colon = 0, rest = 0;
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  stream >> low >> colon >> high;
  require(!stream.fail() && colon == ':' && !(stream >> rest) && low < high,
          "The range of ratings is '{}'; it must be the lowest and the highest, as 0:100.", text);
  return std::pair(low, high);
}

RatingScale scale_of(const std::vector<RatedImage>& images, const RatingOptions& options) {
  if (const auto stated = stated_range(options.range))
    return {.low = stated->first, .high = stated->second, .is_assumed = false};
  double low = images[0].rating.mean, high = low;
  for (const RatedImage& image : images) {
    low = std::min(low, image.rating.mean);
    high = std::max(high, image.rating.mean);
  }
  for (const auto& [from, to] :
       {std::pair{0.0, 1.0}, {1.0, 5.0}, {1.0, 10.0}, {0.0, 5.0}, {0.0, 10.0}, {0.0, 100.0}}) {
    if (low >= from && high <= to) return {.low = from, .high = to};
  }
  return {.low = low, .high = high};
}

/// Reads tables and sees to it that no image stands in them twice.
class RatingTables {
 public:
  /// Reads the tables of all splits.
  RatingTables(const DatasetLayout& layout, const DatasetOptions& options)
      : root_(layout.root),
        options_(options.ratings),
        parser_(options.ratings.decimal, stated_range(options.ratings.range)),
        reader_(std::make_shared<ImageReader>(options.image)) {
    for (const DatasetSplit& split : layout.splits)
      for (const fs::path& file : split.files) read(file, split.name, layout.publishes_splits);
  }

  std::vector<RatedImage> images;
  std::string group_column;
  bool has_splits = false;  ///< of a column, or of files

 private:
  struct Seen {
    std::string place, split;
  };

  void read(const fs::path& file, const std::string& split, bool is_published) {
    const fs::path own = file.has_parent_path() ? file.parent_path() : ".";
    ImagePlaces places(own == root_ ? std::vector{own} : std::vector{own, root_}, split);
    const std::unique_ptr<Table> table = open_table(file);
    const std::size_t before = images.size();
    std::optional<RatingColumns> columns;
    while (const auto record = table->next()) {
      if (!columns) columns = columns_of(*record);
      images.push_back(image_of(*record, *columns, places));
      if (is_published) images.back().split = split;
      refuse_repetition(*record);
    }
    require(images.size() > before, "'{}' holds no rating.", file.string());
    has_splits = is_published || !columns->split.empty();
  }

  RatingColumns columns_of(const Record& record) {
    RatingColumns columns = rating_columns(record);
    record.expect(are_ratings(columns),
                  "this is no row of ratings; docs/data.md lists the columns that are known.");
    group_column = options_.within;
    if (group_column == "auto") group_column = prompt_column(record);
    if (group_column == "none") group_column.clear();
    record.expect(group_column.empty() || record.fields.contains(group_column),
                  "there is no column '{}' (--ratings.within).", group_column);
    return columns;
  }

  RatedImage image_of(const Record& record, const RatingColumns& columns, ImagePlaces& places) {
    DatasetRow row = new_row(prompt_of(record), "ratings");
    if (record.has(columns.image) && record.fields[columns.image].is_number())
      add_images(row, record, {record.fields[columns.image].dump()}, places);
    else
      add_image(row, record, columns.image, places);
    row.images[0].reader = reader_;
    return {.name = row.example.images[0],
            .image = std::move(row.images[0]),
            .rating = parser_.rating(record, columns),
            .prompt = row.example.prompt,
            .group = text_of(record, group_column),
            .split = text_of(record, columns.split)};
  }

  static std::string text_of(const Record& record, const std::string& column) {
    if (column.empty()) return "";
    const nlohmann::json& value = record.value(column);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  void refuse_repetition(const Record& record) {
    const RatedImage& image = images.back();
    const Seen now{.place = record.place, .split = image.split};
    const auto [before, is_new] = seen_.emplace(image.image.name, now);
    if (is_new) return;
    const Seen& seen = before->second;
    record.expect(seen.split == image.split,
                  "the image '{}' is of the split '{}' here and of '{}' in {}: what is trained on "
                  "would be measured. Every image belongs to one split.",
                  image.name, image.split, seen.split, seen.place);
    record.refuse(
        fmt::format("the image '{}' stands in {} too. A table of ratings has one row an "
                    "image: put its ratings together.",
                    image.name, seen.place));
  }

  fs::path root_;
  RatingOptions options_;
  RatingParser parser_;
  std::shared_ptr<const ImageReader> reader_;
  std::map<std::string, Seen> seen_;  ///< by where the image lies
};

/// The split that is wanted of those that the table has.
std::string choose_published(const std::vector<RatedImage>& images, const std::string& wanted,
                             const fs::path& path) {
  std::set<std::string> names;
  for (const RatedImage& image : images) names.insert(image.split);
  if (wanted.empty() && names.size() == 1) return *names.begin();
  if (names.contains(wanted)) return wanted;
  const std::vector<std::string> list(names.begin(), names.end());
  require(!wanted.empty(), "'{}' has the splits {}; name one with --split.", path.string(),
          fmt::join(list, ", "));
  throw Error(fmt::format("'{}' has no split '{}', but {}.{}", path.string(), wanted,
                          fmt::join(list, ", "), did_you_mean(wanted, list)));
}

/// What is kept together in splits and fractions.
const std::string& key_of(const RatedImage& image) {
  return image.group.empty() ? image.name : image.group;
}

void choose_split(RatingTables& tables, const fs::path& path, const std::string& wanted) {
  if (tables.has_splits) {
    const std::string split = choose_published(tables.images, wanted, path);
    std::erase_if(tables.images, [&](const RatedImage& image) { return image.split != split; });
  } else if (!wanted.empty()) {
    check_hashed_split(wanted);
    std::erase_if(tables.images,
                  [&](const RatedImage& image) { return hashed_split(key_of(image)) != wanted; });
  }
}

class RatedImagesReader : public DatasetReader {
 public:
  explicit RatedImagesReader(RatedImages images) : images_(std::move(images.images)) {}

  std::optional<DatasetRow> next() override {
    if (at_ == images_.size()) return std::nullopt;
    const RatedImage& image = images_[at_++];
    DatasetRow row = new_row(image.prompt, "ratings");
    row.example.id = image.name;
    row.example.images = {image.name};
    row.example.ratings = {image.rating};
    row.images = {image.image};
    return row;
  }

 private:
  std::vector<RatedImage> images_;
  std::size_t at_ = 0;
};

class RatedPairsReader : public DatasetReader {
 public:
  RatedPairsReader(RatedImages images, const DatasetOptions& options)
      : images_(std::move(images.images)) {
    std::vector<double> means;
    std::vector<std::string> groups;
    for (const RatedImage& image : images_) {
      means.push_back(image.rating.mean);
      groups.push_back(image.group);
    }
    pairs_ = draw_rated_pairs(means, groups, options.ratings, options.seed);
    const auto wanted = static_cast<std::size_t>(options.ratings.pairs);
    if (pairs_.size() < wanted)
      log_warning(fmt::format("{} pairs were asked for (--ratings.pairs), and there are {}.",
                              wanted, pairs_.size()));
  }

  std::optional<DatasetRow> next() override {
    if (at_ == pairs_.size()) return std::nullopt;
    const RatedPair& pair = pairs_[at_++];
    const RatedImage &first = images_[pair.first], &second = images_[pair.second];
    DatasetRow row = new_row(first.prompt == second.prompt ? first.prompt : "", "ratings");
    row.example.id = fmt::format("{} vs {}", first.name, second.name);
    row.example.images = {first.name, second.name};
    row.example.ranking = pair_ranks(first.rating.mean - second.rating.mean);
    row.example.ratings = {first.rating, second.rating};
    row.images = {first.image, second.image};
    check_example(row.example);
    return row;
  }

 private:
  std::vector<RatedImage> images_;
  std::vector<RatedPair> pairs_;
  std::size_t at_ = 0;
};

}  // namespace

bool holds_ratings(const fs::path& path, const DatasetOptions& options) {
  if (options.format != "auto") return options.format == ratings_format().name;
  const fs::path file = find_layout(path).splits[0].files[0];
  if (file.extension() == ".zip") return false;
  const auto first = open_table(file)->next();
  return first && is_format(*first, ratings_format().name);
}

std::vector<RatedImage> read_all_rated_images(const fs::path& path) {
  return std::move(RatingTables(find_layout(path), {}).images);
}

RatedImages read_rated_images(const fs::path& path, const DatasetOptions& options) {
  RatingTables tables(find_layout(path), options);
  const RatingScale scale = scale_of(tables.images, options.ratings);
  choose_split(tables, path, options.split);
  std::erase_if(tables.images, [&](const RatedImage& image) {
    return !is_in_fraction(key_of(image), options.fraction, options.seed);
  });
  require(!tables.images.empty(), "No rated image is left: split '{}', fraction {}.", options.split,
          options.fraction);
  return {.images = std::move(tables.images),
          .scale = scale,
          .group_column = std::move(tables.group_column),
          .publishes_splits = tables.has_splits};
}

std::unique_ptr<DatasetReader> open_rated_images(RatedImages images) {
  return std::make_unique<RatedImagesReader>(std::move(images));
}

std::unique_ptr<DatasetReader> open_rated_pairs(RatedImages images, const DatasetOptions& options) {
  return std::make_unique<RatedPairsReader>(std::move(images), options);
}

}  // namespace juror
