// Parquet files, a row group at a time. Arrow stands behind it, in a library of its own that is
// loaded when the first file is opened (libjuror-parquet.so beside the program): help and mistakes
// stay a matter of milliseconds, and Arrow and libtorch, which carry copies of the same libraries,
// do not see each other's symbols.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
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

/// What the library exports under the name kParquetSymbol.
using OpenParquet = ParquetFile* (*)(const char* path);
inline constexpr char kParquetSymbol[] = "juror_open_parquet";

}  // namespace juror
