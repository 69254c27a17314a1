#include "serve/background_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"

namespace juror {
namespace {

constexpr int kNiceness = 10;
constexpr int kNoProgram = 127;

/// In the child, where only what is safe after a fork of a program with threads may be called.
[[noreturn]] void become(char* const* words, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNoProgram);  // it died before that
  ::setpgid(0, 0);                                 // Ctrl-C in a terminal is for the server
  ::setpriority(PRIO_PROCESS, 0, kNiceness);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) ::signal(number, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close_range(3, ~0U, 0);  // sockets above all
  ::execv(words[0], words);
  ::_exit(kNoProgram);
}

}  // namespace

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& words,
                                     const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0)
    throw Error(fmt::format("Cannot write '{}': {}.", log.string(), std::strerror(errno)),
                ErrorKind::kSystem);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ == 0) become(arguments.data(), file, parent);
  const int fault = errno;
  ::close(file);
  if (child_ < 0)
    throw Error(fmt::format("Cannot start '{}': {}.", words.front(), std::strerror(fault)),
                ErrorKind::kSystem);
}

BackgroundProcess::~BackgroundProcess() {
  if (exit_code()) return;
  signal(SIGKILL);
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
}

void BackgroundProcess::signal(int number) {
  if (!exit_code()) ::kill(child_, number);
}

std::optional<int> BackgroundProcess::exit_code() {
  int status = 0;
  if (!exit_code_ && ::waitpid(child_, &status, WNOHANG) == child_)
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

}  // namespace juror
