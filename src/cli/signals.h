// SIGINT and SIGTERM as a flag. The second Ctrl-C ends the program at once.
#pragma once

namespace juror {

/// Takes SIGINT and SIGTERM over, and ignores SIGPIPE.
void catch_signals();

/// The signal that asked to stop, or 0.
int stop_signal();

}  // namespace juror
