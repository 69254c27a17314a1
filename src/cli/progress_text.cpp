#include "cli/progress_text.h"

#include <fmt/format.h>

#include <cmath>

namespace juror {

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string progress_text(const StagePlace& place) {
  std::string text = place.stage;
  if (place.total > 0)
    text += fmt::format(" {}/{}, {} %", place.done, place.total, place.done * 100 / place.total);
  if (place.total <= 0 && place.done > 0) text += fmt::format(" {}", place.done);
  const double done_here = static_cast<double>(place.done - place.begun_at);
  if (done_here <= 0 || place.seconds <= 0) {
    return place.seconds < 1 ? text : text + ", " + duration_text(place.seconds) + " so far";
  }
  const double per_second = done_here / place.seconds;
  text += per_second >= 0.1 ? fmt::format(", {:.3g}/s", per_second)
                            : fmt::format(", {:.3g} s each", 1 / per_second);
  if (place.total > place.done) {
    text +=
        ", " + duration_text(static_cast<double>(place.total - place.done) / per_second) + " left";
  }
  return text;
}

}  // namespace juror
