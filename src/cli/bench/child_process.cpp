#include "cli/bench/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/error.h"

namespace juror {
namespace {

/// What comes through the descriptor until the other side closes it.
std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

pid_t start(const std::vector<std::string>& words, int stdout_end) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, stdout_end, STDOUT_FILENO);
  pid_t child = 0;
  const int fault =
      ::posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  require(fault == 0, "Cannot start '{}': {}.", words.front(), std::strerror(fault));
  return child;
}

/// A descriptor that is closed on every way out.
struct Descriptor {
  int value = -1;
  void close() {
    if (value >= 0) ::close(value);
    value = -1;
  }
  ~Descriptor() { close(); }
};

}  // namespace

ChildResult run_child(const std::vector<std::string>& words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw Error(fmt::format("Cannot make a pipe: {}.", std::strerror(errno)), ErrorKind::kSystem);
  Descriptor from{ends[0]}, to{ends[1]};
  const auto began = std::chrono::steady_clock::now();
  const pid_t child = start(words, to.value);
  to.close();
  ChildResult result;
  result.output = read_all(from.value);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace juror
