// The built program, run as people run it.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "temp_folder.h"

namespace juror {

struct Ran {
  int code = -1;
  std::string out, err;
};

/// How the program is started.
struct Start {
  std::filesystem::path folder;  ///< working directory, and place of the two captured streams
  std::map<std::string, std::string> variables = {};
  std::string stdout_to = {};  ///< instead of capturing it
  std::string program = JUROR_PROGRAM;
};

inline void exec_program(const Start& start, const std::vector<std::string>& words) {
  const auto redirect = [](const std::string& path, int to) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ::dup2(file, to) < 0) ::_exit(126);
  };
  redirect(start.stdout_to.empty() ? start.folder / ".out" : std::filesystem::path(start.stdout_to),
           STDOUT_FILENO);
  redirect(start.folder / ".err", STDERR_FILENO);
  if (::chdir(start.folder.c_str()) != 0) ::_exit(126);
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::unsetenv("JUROR_SEED");
  for (const auto& [name, value] : start.variables) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> pointers = {const_cast<char*>("juror")};
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  ::execv(start.program.c_str(), pointers.data());
  ::_exit(127);
}

/// Starts the program and returns its process; `finish` waits for it.
inline pid_t start_program(const Start& start, const std::vector<std::string>& words) {
  const pid_t process = ::fork();
  if (process == 0) exec_program(start, words);
  return process;
}

inline Ran finish(pid_t process, const Start& start) {
  int status = 0;
  ::waitpid(process, &status, 0);
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = start.stdout_to.empty() ? read_file(start.folder / ".out") : "",
          .err = read_file(start.folder / ".err")};
}

inline Ran run(const Start& start, const std::vector<std::string>& words) {
  return finish(start_program(start, words), start);
}

}  // namespace juror
