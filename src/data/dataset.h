// Data sets of people's preferences as streams of rows, whatever their layout: the formats stand in
// a table (data/formats.h), one reader each. What a preference is belongs to `preference`, decoding
// to `image`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/options.h"
#include "data/rating_options.h"
#include "image/decode.h"
#include "preference/example.h"

namespace juror {

/// The encoded bytes of an image of a data set: a file, or a member of an archive or table, read
/// when asked for.
struct ImageSource {
  std::string name;  ///< what errors call it: a path, archive!member, or table!row N, column
  /// The bytes. Throws Error naming the image when it is missing or cut short. Safe to call from
  /// several threads, and after the reader moved on or is gone.
  std::function<std::vector<std::uint8_t>()> read;
  /// Decodes the bytes by the options of the data set; null: by the defaults.
  std::shared_ptr<const ImageReader> reader = nullptr;
};

/// Reads and decodes. Throws Error as `read` and `decode_image` do.
Image load_image(const ImageSource& source);

/// Decodes bytes of the image that were read before.
Image decode_image(const ImageSource& source, std::span<const std::uint8_t> bytes);

/// One row: what people preferred, and its images.
struct DatasetRow {
  PreferenceExample example;        ///< passes check_example; its id is unique in the data set
  std::vector<ImageSource> images;  ///< in the order of example.images
  std::vector<std::string>
      generators;     ///< the model that made each image, or empty where the data set does not say
  double weight = 1;  ///< training weight, e.g. Pick-a-Pic's 1 / num_example_per_prompt
};

/// A stream of rows. Not safe to share between threads (the ImageSources of its rows are).
class DatasetReader {
 public:
  virtual ~DatasetReader() = default;
  /// The next row; nothing at the end. Throws Error naming file and row of what cannot be read:
  /// nothing is skipped.
  virtual std::optional<DatasetRow> next() = 0;
};

/// Which rows, in which order. They are chosen in this order: split, fraction, limit, shuffle,
/// shard.
struct DatasetOptions {
  std::string format = "auto";
  std::string split;
  double fraction = 1;
  std::int64_t limit = 0;
  bool shuffle = false;
  std::int64_t rank = 0;
  std::int64_t world_size = 1;
  RatingOptions ratings;  ///< of tables of ratings, whose pairs are drawn
  /// Of `fraction`, `shuffle` and `ratings`; a flag of every command, so not among the fields.
  std::int64_t seed = 0;
  /// Whether the reader warns of what it meets. A second reader of the same rows should not.
  bool tells = true;
  /// How its pictures are read; the fields are those of the command, which may read others too.
  ImageOptions image;

  template <class Field>
  void fields(Field&& field) {
    field("format", format, "Layout of the data set, see docs/data.md; auto looks at the files");
    field("split", split, "Split, e.g. train; needed where the data set publishes several");
    field("fraction", fraction, "Share of the prompts, chosen by a hash of the text and the seed",
          Range{0.0, 1.0});
    field("limit", limit, "Most rows, from the first; 0: all", Range{0, 1e12});
    field("shuffle", shuffle,
          "Deal the rows out in a random order (a bounded buffer, see docs/data.md)");
    field("rank", rank, "This process takes every world_size-th row, starting with this one",
          Range{0, 1e6});
    field("world_size", world_size, "Processes that share the data set", Range{1, 1e6});
    nested(field, "ratings", ratings);
  }
};

/// Opens a folder or file as a stream. A data set that publishes several splits needs
/// `options.split`; in one that publishes none the splits train, validation and test are 90, 5 and
/// 5 % of the prompts, by a hash of the text. Throws Error: nothing there, an unknown format or
/// split, a layout that is not recognised, rank ≥ world_size.
std::unique_ptr<DatasetReader> open_dataset(const std::filesystem::path& path,
                                            const DatasetOptions& options = {});

}  // namespace juror
