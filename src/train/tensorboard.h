// TensorBoard's event file: scalars by step, readable by TensorBoard while the run goes on. Only
// writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace juror {

struct Scalar {
  std::string name;  ///< "rewards/soft/mean"; a slash groups the charts
  double value = 0;  ///< kept as float32; NaN and infinities are shown as gaps
};

/// CRC-32C (Castagnoli) of the bytes. Source: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// One record of a TFRecord file: length, masked CRC of the length, the bytes, masked CRC of the
/// bytes. Source: TensorFlow, core/lib/io/record_writer.h.
std::string tf_record(std::string_view bytes);

class EventFile {
 public:
  /// Makes `folder/events.out.tfevents.SECONDS.juror`, with ".2", ".3", … behind it where that is
  /// taken. What earlier files of the folder hold from `first_step` on gives way to this one, so a
  /// resumed run shows no step twice. Times are seconds since 1970. Throws Error (kSystem) naming
  /// the file.
  EventFile(const std::filesystem::path& folder, std::int64_t first_step, double wall_time_s);

  /// Appends the scalars of one step and flushes.
  void append(std::int64_t step, double wall_time_s, const std::vector<Scalar>& scalars);

  const std::filesystem::path& path() const { return path_; }

 private:
  void write(const std::string& event);

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace juror
