#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "cli/progress_text.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "cli/visible_text.h"

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedraw = std::chrono::milliseconds(100);  // on a terminal
constexpr auto kLine = std::chrono::seconds(10);          // elsewhere
constexpr const char* kClearLine = "\r\033[K";

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

void write_stderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;  // nobody listens
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

bool wants_color(const std::string& color, int descriptor) {
  if (color != "auto") return color == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  return !is_dumb() && ::isatty(descriptor) == 1;
}

std::string styled(std::string_view text, Style style, bool color) {
  constexpr const char* kCodes[] = {"", "1", "2", "31", "32", "33", "36"};
  if (!color || style == Style::kPlain) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", kCodes[static_cast<std::size_t>(style)], text);
}

/// The progress line. A thread of its own keeps the times moving while one unit takes long.
struct Terminal::State {
  TerminalOptions options;
  bool color = false, animated = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::thread ticker;
  bool ending = false;

  StagePlace place;
  Clock::time_point stage_began, shown;
  bool active = false, drawn = false;  // drawn: a line stands on the terminal that must be cleared

  void clear() {
    if (drawn) write_stderr(kClearLine);
    drawn = false;
  }
  void show(Clock::time_point now) {
    shown = now;
    place.seconds = std::chrono::duration<double>(now - stage_began).count();
    std::string line = visible_text(progress_text(place));
    if (stop_signal() != 0) line += "; stopping after this one (again: at once)";
    if (!animated && line == place.stage) return;  // a name alone tells a log nothing
    if (!animated) return write_stderr(line + "\n");
    write_stderr(kClearLine + styled(fit_width(line, static_cast<std::size_t>(terminal_columns())),
                                     Style::kDim, color));
    drawn = true;
  }
  static int terminal_columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col - 1
                                                                             : 100;
  }
  /// Without a thread (the system gives none) the line moves with the work alone.
  void start_ticker() {
    if (ticker.joinable()) return;
    try {
      ticker = std::thread([this] { tick(); });
    } catch (const std::system_error&) {
    }
  }
  void tick() {
    std::unique_lock lock(mutex);
    while (!ending) {
      changed.wait_for(lock, animated ? kRedraw * 5 : std::chrono::milliseconds(kLine));
      const auto now = Clock::now();
      if (!ending && active &&
          now - shown >= (animated ? kRedraw * 5 : std::chrono::milliseconds(kLine)))
        show(now);
    }
  }
};

Terminal::Terminal(const TerminalOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->color = wants_color(options.color, STDERR_FILENO);
  state_->animated = ::isatty(STDERR_FILENO) == 1 && !is_dumb() && options.color != "never";
}

Terminal::~Terminal() {
  end_progress();
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  if (state_->ticker.joinable()) state_->ticker.join();
}

bool Terminal::color_out() const { return wants_color(state_->options.color, STDOUT_FILENO); }
bool Terminal::color_err() const { return state_->color; }
bool Terminal::animated() const { return state_->animated; }
int Terminal::columns() const { return State::terminal_columns(); }

void Terminal::say(LogLevel level, std::string_view message) {
  if (level == LogLevel::kDebug && !state_->options.verbose) return;
  if (level == LogLevel::kInfo && state_->options.quiet) return;
  const std::string mark =
      level == LogLevel::kWarning ? styled("warning: ", Style::kYellow, state_->color) : "";
  const std::lock_guard lock(state_->mutex);
  state_->clear();
  write_stderr(fmt::format("{}{}\n", mark, visible_lines(message)));
}

void Terminal::progress(std::string_view stage, std::int64_t done, std::int64_t total) {
  if (state_->options.quiet) return;
  const std::lock_guard lock(state_->mutex);
  const auto now = Clock::now();
  const bool begins = !state_->active || state_->place.stage != stage || done < state_->place.done;
  if (begins) {
    state_->place = {.stage = std::string(stage), .begun_at = done};
    state_->stage_began = now;
  }
  const bool first = state_->shown == Clock::time_point{};
  state_->place.done = done;
  state_->place.total = total;
  state_->active = true;
  if (first ||
      now - state_->shown >= (state_->animated ? kRedraw : std::chrono::milliseconds(kLine)))
    state_->show(now);
  state_->start_ticker();
}

void Terminal::end_progress() {
  const std::lock_guard lock(state_->mutex);
  state_->clear();
  state_->active = false;
}

}  // namespace juror
