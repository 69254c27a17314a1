#include "plot/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace juror {
namespace {

/// "1234567" → "1,234,567".
std::string grouped(long long number) {
  std::string digits = std::to_string(number);
  for (auto i = static_cast<long long>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

/// "7.8e-6": printf's way without the zeros of the exponent.
std::string scientific(double magnitude) {
  std::string digits = fmt::format("{:.1e}", magnitude);
  const std::size_t exponent = digits.find('e') + 2;
  while (digits[exponent] == '0' && exponent + 1 < digits.size()) digits.erase(exponent, 1);
  if (digits[exponent - 1] == '+') digits.erase(exponent - 1, 1);
  const std::size_t zero = digits.find(".0e");
  return zero == std::string::npos ? digits : digits.erase(zero, 2);
}

/// Three significant digits of a magnitude, without trailing zeros behind a point.
std::string plain(double magnitude) {
  if (magnitude == 0) return "0";
  if (magnitude >= 999.5e12 || magnitude < 0.9995e-4) return scientific(magnitude);
  if (magnitude >= 999'950.0) {
    const bool is_billions = magnitude >= 999.5e6;
    return fmt::format("{:.3g} {}", magnitude / (is_billions ? 1e9 : 1e6), is_billions ? "G" : "M");
  }
  if (magnitude >= 999.5) return grouped(std::llround(magnitude));
  return fmt::format("{:.3g}", magnitude);
}

std::string seconds(double magnitude) {
  if (magnitude < 59.95) return plain(magnitude) + " s";
  const long long whole = std::llround(magnitude);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", grouped(whole / 3600), whole % 3600 / 60);
}

std::string bytes(double magnitude) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; magnitude >= 1023.5 && unit + 1 < kUnits.size(); ++unit) magnitude /= 1024;
  return plain(magnitude) + " " + kUnits[unit];
}

std::string magnitude_text(double magnitude, NumberKind kind) {
  switch (kind) {
    case NumberKind::kPercent:
      return fmt::format("{:.1f} %", 100 * magnitude);
    case NumberKind::kSeconds:
      return seconds(magnitude);
    case NumberKind::kBytes:
      return bytes(magnitude);
    case NumberKind::kPlain:
      break;
  }
  return plain(magnitude);
}

}  // namespace

std::string number_text(double value, NumberKind kind) {
  if (std::isnan(value)) return "–";
  const std::string sign = value < 0 ? "−" : "";
  return sign + (std::isinf(value) ? "∞" : magnitude_text(std::abs(value), kind));
}

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return number_text(value);
  std::string digits = fmt::format("{:.{}f}", std::abs(value), decimals);
  const bool is_zero = digits.find_first_not_of("0.") == std::string::npos;
  return (value < 0 && !is_zero ? "−" : "") + digits;
}

std::string interval_text(double low, double high) {
  return fmt::format("{} – {} %", fixed_text(100 * low, 1), fixed_text(100 * high, 1));
}

std::string count_text(long long count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace juror
