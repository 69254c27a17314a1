#include "image/capture_time.h"

#include <chrono>
#include <cstdio>
#include <string>

#include "image/heif_exif.h"
#include "image/metadata.h"
#include "image/tiff.h"

namespace juror {
namespace {

constexpr std::size_t kDateTime = 0x132, kExifDirectory = 0x8769, kTaken = 0x9003,
                      kTakenFraction = 0x9291;

/// "2024:05:31 18:20:05" as seconds.
std::optional<double> seconds_of(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(std::string(text).c_str(), "%4d:%2d:%2d %2d:%2d:%2d", &year, &month, &day, &hour,
                  &minute, &second) != 6)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1900 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second;
}

/// "25" is a quarter of a second.
double fraction_of(std::string_view digits) {
  double value = 0, unit = 0.1;
  for (const char c : digits) {
    if (c < '0' || c > '9') break;
    value += unit * (c - '0');
    unit /= 10;
  }
  return value;
}

std::optional<double> time_in(const TiffReader& tiff) {
  const TiffDirectory first = tiff.directory(tiff.first_directory());
  if (const TiffEntry* pointer = first.find(kExifDirectory)) {
    const TiffDirectory exif = tiff.directory(tiff.value(*pointer));
    const TiffEntry* taken = exif.find(kTaken);
    const auto seconds = taken == nullptr ? std::nullopt : seconds_of(tiff.text(*taken));
    const TiffEntry* fraction = exif.find(kTakenFraction);
    if (seconds) return *seconds + (fraction == nullptr ? 0 : fraction_of(tiff.text(*fraction)));
  }
  const TiffEntry* changed = first.find(kDateTime);
  return changed == nullptr ? std::nullopt : seconds_of(tiff.text(*changed));
}

}  // namespace

std::optional<double> capture_time(std::span<const std::uint8_t> file) {
  const TiffReader raw({reinterpret_cast<const char*>(file.data()), file.size()});
  if (raw.valid()) return time_in(raw);
  const std::string in_heif = heif_exif(file);
  const std::string exif = in_heif.empty() ? find_metadata(file).exif : in_heif;
  const TiffReader tiff(exif);
  return tiff.valid() ? time_in(tiff) : std::nullopt;
}

}  // namespace juror
