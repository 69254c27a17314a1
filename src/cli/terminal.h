// The terminal: colour where it is wanted, and stderr shared by log lines and the progress line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"

namespace juror {

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

/// Whether a stream (1 stdout, 2 stderr) gets colour: `color` is auto, always or never; auto asks
/// for a terminal and heeds NO_COLOR and TERM=dumb.
bool wants_color(const std::string& color, int descriptor);

/// `text` in a style, or as it is when `color` is false.
std::string styled(std::string_view text, Style style, bool color);

struct TerminalOptions {
  bool quiet = false;
  bool verbose = false;
  std::string color = "auto";
};

/// stderr of one run. Safe to use from several threads.
class Terminal {
 public:
  explicit Terminal(const TerminalOptions& options);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool color_out() const;  ///< for what is printed to stdout
  bool color_err() const;
  bool animated() const;  ///< the progress line is redrawn in place
  int columns() const;    ///< width of the terminal; 100 where there is none

  /// A line on stderr: info unless quiet, debug only when verbose, warnings always.
  void say(LogLevel level, std::string_view message);

  /// Where the work stands: a line redrawn in place on a terminal, elsewhere a line every 10 s;
  /// nothing when quiet. `total` 0: unknown. A stage is shown at once when it begins (`done` 0;
  /// elsewhere than on a terminal only if its total is known), and ends at done == total.
  void progress(std::string_view stage, std::int64_t done, std::int64_t total);
  /// Clears the progress line. Results may be printed after it.
  void end_progress();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace juror
