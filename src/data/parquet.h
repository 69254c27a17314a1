// Parquet files, a row group at a time. Arrow stands behind it, in a library of its own that is
// loaded when the first file is opened (libjuror-parquet.so beside the program): help and mistakes
// stay a matter of milliseconds, and Arrow and libtorch, which carry copies of the same libraries,
// do not see each other's symbols.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace juror {

/// Rows that are in memory: plain columns at once, pictures when the first is asked for. Safe to
/// share between threads.
class ParquetGroup {
 public:
  virtual ~ParquetGroup() = default;
  virtual std::int64_t rows() const = 0;
  /// The row's plain columns: null, bool, number, text or list of these. A picture column is its
  /// path where it has one, else null; a value of another type is marked (data/unread_cell.h).
  virtual nlohmann::json row(std::int64_t index) const = 0;
  /// The encoded bytes. Throws Error naming file, row and column when there are none.
  virtual std::vector<std::uint8_t> picture(const std::string& column,
                                            std::int64_t index) const = 0;
};

class ParquetFile {
 public:
  virtual ~ParquetFile() = default;
  virtual int groups() const = 0;
  /// Columns of pictures: binary, or Hugging Face's Image, a struct {bytes, path}.
  virtual const std::vector<std::string>& pictures() const = 0;
  /// Reads the plain columns of a row group. Throws Error naming the file: cut short, corrupt.
  virtual std::shared_ptr<const ParquetGroup> group(int index) = 0;
};

/// Throws Error naming the file: missing, no parquet, cut short; and when this build has no Arrow.
std::unique_ptr<ParquetFile> open_parquet(const std::filesystem::path& path);

enum class ParquetType {
  kBool,
  kInt64,
  kDouble,
  kText,
  kBinary,
  kTimestampNs,  ///< a whole number of nanoseconds since 1970
  kImage,        ///< Hugging Face's Image: {"bytes": binary, "path": text}
};

struct ParquetColumn {
  std::string name;
  ParquetType type = ParquetType::kText;
};

/// Writes a new file: it appears under its name when `finish` is called, or not at all.
class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;
  /// A row of the columns given; null and missing values are nulls. Row groups of at most 100 rows
  /// are written as they fill.
  virtual void add(const nlohmann::ordered_json& row) = 0;
  virtual void finish() = 0;
};

/// Columns also stand in the file as Hugging Face's `features`. Throws Error as AtomicFile does.
std::unique_ptr<ParquetWriter> create_parquet(const std::filesystem::path& path,
                                              const std::vector<ParquetColumn>& columns);

/// New values of some columns of a row group, one a row.
using ParquetColumns = std::map<std::string, std::vector<nlohmann::json>>;

/// Copies a file row group by row group with other values in some columns. Types, order, metadata,
/// compression and every other value stay.
class ParquetRewriter {
 public:
  virtual ~ParquetRewriter() = default;
  virtual int groups() const = 0;
  /// Whether the file has such a column.
  virtual bool has(const std::string& column) const = 0;
  /// The next row group. Throws Error for a column that is not there or of another type, and for a
  /// number of values that is not that of the rows.
  virtual void copy(const ParquetColumns& changed) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<ParquetRewriter> rewrite_parquet(const std::filesystem::path& from,
                                                 const std::filesystem::path& to);

/// Where the library's bytes go; what `write` throws comes out of the call that wrote.
class ParquetSink {
 public:
  virtual ~ParquetSink() = default;
  virtual void write(const void* data, std::size_t size) = 0;
};

/// What the library exports, and under which names. Sinks must outlive what writes to them.
using OpenParquet = ParquetFile* (*)(const char* path);
inline constexpr char kParquetSymbol[] = "juror_open_parquet";
using CreateParquet = ParquetWriter* (*)(std::span<const ParquetColumn> columns, ParquetSink* sink);
inline constexpr char kCreateParquetSymbol[] = "juror_create_parquet";
using RewriteParquet = ParquetRewriter* (*)(const char* path, ParquetSink* sink);
inline constexpr char kRewriteParquetSymbol[] = "juror_rewrite_parquet";

}  // namespace juror
