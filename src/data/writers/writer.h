// The formats that rankings are written in: one row of the table each. A format says what the rows
// (or files) of one group are; where they go belongs to export_target.h. One format = one file in
// data/writers/formats/ and one row in writers.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/parquet.h"
#include "data/writers/judged_group.h"
#include "data/writers/pair_filter.h"

namespace juror {

/// What the rows of a group may ask of its pictures.
class GroupPictures {
 public:
  virtual ~GroupPictures() = default;
  /// The picture as a file of the export, relative to its folder: written when first asked for.
  virtual std::string file(std::size_t image) = 0;
  virtual std::vector<std::uint8_t> bytes(std::size_t image) = 0;
};

/// What writers are told besides the groups.
struct WriterOptions {
  /// The question that a judge in training is asked, with the slots {prompt}, {image_1} and
  /// {image_2}; without a prompt `question_without_prompt`.
  std::string question, question_without_prompt;
  std::int64_t keep = 1;  ///< pictures of a group that are best (tiers)
  bool stem = false;      ///< sidecars are called a.xmp, not a.jpg.xmp
};

/// One group, ready to be written.
struct ExportGroup {
  const JudgedGroup& group;
  const std::vector<ExportPair>& pairs;  ///< those that are kept
  std::int64_t pairs_of_prompt = 0;      ///< kept pairs of all groups with this prompt
};

using ExportRows = std::vector<nlohmann::ordered_json>;

/// A file of an export that is no table.
struct ExportFile {
  std::filesystem::path path;             ///< in the folder of the export
  std::string text = {};                  ///< its content, unless it is a picture
  std::optional<std::size_t> image = {};  ///< of the group: a copy of it
  bool link = false;                      ///< a link to the original, where that is a file
};

/// How the rows of a format are stored.
enum class Storage {
  kJsonLines,  ///< one file
  kCsv,        ///< one file
  kParquet,    ///< one file
  kFolder,     ///< a folder with a table (JSON or JSON Lines) and the pictures it names
  kFiles,      ///< a folder of files, without a table
};

struct ExportFormat {
  std::string name;     ///< as typed: "pickapic"
  std::string readers;  ///< who reads it
  Storage storage = Storage::kFolder;
  std::string table = {};  ///< of kFolder: "metadata.jsonl" (a row a line) or "train.json" (a list)
  std::string pictures = {};  ///< of kFolder: the folder of pictures in it
  bool takes_pairs = true;    ///< rows are pairs; else pictures or whole groups
  bool has_ties = false;      ///< it has a word for a tie
  /// The rows of a group. Null for kFiles.
  ExportRows (*rows)(const ExportGroup& group, GroupPictures& pictures,
                     const WriterOptions& options) = nullptr;
  /// The files of a group, of kFiles.
  std::vector<ExportFile> (*files)(const ExportGroup& group,
                                   const WriterOptions& options) = nullptr;
  std::vector<ParquetColumn> columns = {};  ///< of kParquet
  /// Files beside the table: a name and its text each.
  std::vector<std::pair<std::string, std::string>> extras = {};
};

/// The table, in the order of help.
const std::vector<ExportFormat>& export_formats();

/// Throws Error with a suggestion for a name that is none.
const ExportFormat& find_export_format(const std::string& name);

ExportFormat pickapic_writer();
ExportFormat rapidata_writer();
ExportFormat imagefolder_writer();
ExportFormat scores_writer();
ExportFormat trl_dpo_writer();
ExportFormat trl_kto_writer();
ExportFormat llama_factory_writer();
ExportFormat simpletuner_writer();
ExportFormat imagereward_writer();
ExportFormat hpdv2_writer();
ExportFormat hpdv3_writer();
ExportFormat arena_writer();
ExportFormat label_studio_writer();
ExportFormat csv_writer();
ExportFormat xmp_writer();
ExportFormat links_writer();
ExportFormat juror_writer();

/// Whether the first of a pair won; a tie is decided by p.
inline bool first_wins(const ExportPair& pair) { return pair.p >= 0.5; }

/// Ranks of the pictures, 1 = best; equal scores are ties, with a gap behind them.
std::vector<std::int64_t> ranks_of(const JudgedGroup& group);

/// Stars of a tier: 5, 3, 1.
int stars(Tier tier);
/// An XMP packet that rates its picture; stars: 0 … 5.
std::string xmp_rating(int stars);

/// "000012": a number of a group that sorts as it counts.
std::string group_name(std::size_t number);

}  // namespace juror
