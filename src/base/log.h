// What rooms below the command line may say while they work. They print nothing: a sink set by
// `main` decides.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace juror {

enum class LogLevel { kDebug, kInfo, kWarning };

using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Sets the sink for the whole process (null: silence). Not for use while other threads log.
void set_log_sink(LogSink sink);
void log(LogLevel level, const std::string& message);
inline void log_info(const std::string& message) { log(LogLevel::kInfo, message); }
inline void log_warning(const std::string& message) { log(LogLevel::kWarning, message); }

/// Where long work stands: `done` of `total` units of the stage named (e.g. "comparisons"). Called
/// from the working thread after every unit; returns false to ask the work to stop after the unit
/// in flight (Ctrl-C).
using Progress = std::function<bool(std::string_view stage, std::int64_t done, std::int64_t total)>;

}  // namespace juror
