// The formats of data sets: what the rows of each table look like. One reader = one file in
// data/formats/ and one row in formats.cpp. Where the table stands and how it is stored belongs to
// data/layout.h and data/table.h.
#pragma once

#include <string>
#include <vector>

#include "data/image_places.h"
#include "data/table.h"

namespace juror {

struct DatasetFormat {
  std::string name;     ///< of --format
  std::string summary;  ///< a few words
  /// Whether a row looks like this format.
  bool (*recognises)(const Record& record);
  /// The row. Its id may be left empty: it is then named by its place. Throws Error naming place
  /// and key. Null: rows are single images (data/ratings.h).
  DatasetRow (*read)(const Record& record, ImagePlaces& places);
};

/// The table, in the order in which rows are compared with it.
const std::vector<DatasetFormat>& dataset_formats();

/// Throws Error with a suggestion for a name that is none.
const DatasetFormat& find_format(const std::string& name);

/// Whether the row is recognised as that of the format of this name.
bool is_format(const Record& record, const std::string& name);

/// The format that recognises the row. Throws Error naming its place and its fields when none does.
const DatasetFormat& recognise_format(const Record& record);

DatasetFormat juror_format();  // juror.cpp: our JSON Lines
DatasetFormat
imagereward_format();  // imagereward.cpp: generations and ranking; the hub's grouped records
DatasetFormat hpdv2_train_format();
DatasetFormat hpdv2_test_format();
DatasetFormat hpdv1_format();
DatasetFormat hpdv3_format();
DatasetFormat pickapic_format();
DatasetFormat rapidata_format();
DatasetFormat ratings_format();  // ratings.cpp: single images with what people said of each
DatasetFormat imagefolder_format();
DatasetFormat pairs_format();  // pairs.cpp: prompt, image_1, image_2, label (CSV or parquet)

/// A pair: ranks [1, 2] when `first` is positive, [2, 1] when it is negative, a tie at 0.
Ranks pair_ranks(double first);

/// `first` votes for the first image, then `second` for the second, each a ranking of its own.
std::vector<Ranks> pair_votes(std::int64_t first, std::int64_t second);

/// The column of prompts in tables that people make themselves: the first of prompt, caption, text,
/// text_prompt, prompt_text, instruction, description, query, in letters of any case; "" where
/// there is none.
std::string prompt_column(const Record& record);

/// The text of that column; "" where it is missing.
std::string prompt_of(const Record& record);

/// A row without images and label yet.
DatasetRow new_row(std::string prompt, std::string source);

/// Appends the image of a column: a picture of the table, or a name to be found in the places. It
/// is called by its name, by the path that stands beside its bytes, or by its place in the table.
void add_image(DatasetRow& row, const Record& record, const std::string& column,
               ImagePlaces& places);

/// Appends images by name.
void add_images(DatasetRow& row, const Record& record, const std::vector<std::string>& names,
                ImagePlaces& places);

/// Sets the generators from one column an image; none unless all are there.
void add_generators(DatasetRow& row, const Record& record, const std::vector<std::string>& columns);

}  // namespace juror
