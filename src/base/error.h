// Errors as sentences. What is thrown here is shown to a person as it stands.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace juror {

/// Whose fault an error is; the command line turns it into the exit code.
enum class ErrorKind {
  kUser,     ///< a wrong flag, file, request or option (exit 2)
  kModel,    ///< a model folder that is missing or corrupt (exit 4)
  kNetwork,  ///< a network fault (exit 5)
  kSystem,   ///< the machine refused: disk full, no permission, out of memory (exit 1)
};

/// An error of the world outside the program, as one or more sentences: what was being done, the
/// value met, the value expected, what to do; with file and line, key or tensor name.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, ErrorKind kind = ErrorKind::kUser)
      : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// Throws Error(kUser) with the formatted sentence unless `condition` holds.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> sentence, Args&&... args) {
  if (!condition) throw Error(fmt::format(sentence, std::forward<Args>(args)...));
}

/// As `require`, for a model folder that is missing or corrupt (exit 4).
template <class... Args>
void require_model(bool condition, fmt::format_string<Args...> sentence, Args&&... args) {
  if (!condition)
    throw Error(fmt::format(sentence, std::forward<Args>(args)...), ErrorKind::kModel);
}

}  // namespace juror
