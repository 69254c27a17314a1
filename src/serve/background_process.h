// A program at work beside this one, which it never outlives.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace juror {

/// Not for several threads at once; made, asked and destroyed by one thread, with whose end the
/// program is killed.
class BackgroundProcess {
 public:
  /// Starts `words` at low priority, in a process group of its own and without this program's open
  /// files; both its outputs go to `log`. Throws Error (kSystem) when it cannot be started.
  BackgroundProcess(const std::vector<std::string>& words, const std::filesystem::path& log);
  /// Kills it if it still runs.
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  void signal(int number);
  /// Nothing while it runs; 128 + N when signal N ended it.
  std::optional<int> exit_code();

 private:
  pid_t child_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace juror
