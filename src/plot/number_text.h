// Numbers as people read them.
#pragma once

#include <string>

namespace juror {

/// How the values of an axis or column are written.
enum class NumberKind {
  kPlain,    ///< three significant digits: "0.0123", "1,230", "4.5 M", "7.8e-6"
  kPercent,  ///< a share 0 … 1: "78.4 %"
  kSeconds,  ///< "0.12 s", "12 s", "3 min 20 s", "2 h 05 min"
  kBytes,    ///< "512 B", "1.5 GiB"
};

/// "–" for NaN, "∞" and "−∞" for infinities. The minus is U+2212.
std::string number_text(double value, NumberKind kind = NumberKind::kPlain);

/// `value` with exactly `decimals` digits behind the point and a true minus sign.
std::string fixed_text(double value, int decimals);

/// "74.1 – 82.3 %" for shares 0 … 1.
std::string interval_text(double low, double high);

/// "1 pair", "1,539 pairs".
std::string count_text(long long count, const std::string& noun);

}  // namespace juror
