// flock() on a file that tells who holds it. The file is unlinked before the lock is let go, so a
// lock counts only while the path still names the file that is locked.
#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

/// When a process of this machine began, in the kernel's ticks: tells it from a later one of the
/// same id. "" where there is no such process.
std::string start_of(std::int64_t process) {
  std::error_code ignored;
  const fs::path file = fmt::format("/proc/{}/stat", process);
  if (!fs::exists(file, ignored)) return "";
  try {
    std::string stat = read_file(file);
    stat = stat.substr(stat.rfind(')') + 2);  // the name may hold spaces; field 22 is the start
    for (int field = 3; field < 22; ++field) stat = stat.substr(stat.find(' ') + 1);
    return stat.substr(0, stat.find(' '));
  } catch (const std::exception&) {
    return "";  // it ended meanwhile
  }
}

Json holder_json() {
  const std::time_t now = std::time(nullptr);
  return {{"host", host_name()},
          {"process", ::getpid()},
          {"process_start", start_of(::getpid())},
          {"since", fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(now))}};
}

/// What the file says of its holder; null where it says nothing yet.
Json read_holder(const fs::path& file) {
  try {
    return Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  } catch (const Error&) {
    return nullptr;
  }
}

/// The value at `key`, unless it is missing or of another type: anybody may have written the file.
template <class Value>
Value value_or(const Json& holder, const char* key, const Value& otherwise) {
  try {
    return holder.value(key, otherwise);
  } catch (const Json::exception&) {
    return otherwise;
  }
}

/// Where locks are unknown: whether the process that wrote the file may still be there.
bool may_be_alive(const Json& holder) {
  if (!holder.is_object()) return false;
  if (value_or<std::string>(holder, "host", "") != host_name()) return true;
  const auto start = value_or<std::string>(holder, "process_start", "");
  return !start.empty() && start == start_of(value_or<std::int64_t>(holder, "process", 0));
}

[[noreturn]] void refuse(const fs::path& file, const std::string& what, const Json& holder) {
  const Json known = holder.is_object() ? holder : Json::object();
  throw Error(fmt::format(
      "{} is being written by process {} on {}, since {}. Wait for it, end it, or take another "
      "folder. (If that process is surely gone, delete '{}'.)",
      what, value_or<std::int64_t>(known, "process", 0),
      value_or<std::string>(known, "host", "another machine"),
      value_or<std::string>(known, "since", "a moment ago"), file.string()));
}

bool is_same_file(int descriptor, const fs::path& file) {
  struct stat held {
  }, named{};
  return ::fstat(descriptor, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/// An open descriptor with the lock on it.
int open_locked(const fs::path& file, const std::string& what) {
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0)
      throw Error(fmt::format("Cannot write '{}': {}.", file.string(), std::strerror(errno)),
                  ErrorKind::kSystem);
    const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    const bool held = !locked && (errno == EWOULDBLOCK || errno == EINTR);
    if (locked && is_same_file(descriptor, file)) return descriptor;
    const Json holder = locked ? Json(nullptr) : read_holder(file);
    if (!locked && !held && !may_be_alive(holder)) return descriptor;
    ::close(descriptor);
    if (!locked) refuse(file, what, holder);
  }
}

}  // namespace

FileLock::FileLock(const fs::path& file, const std::string& what)
    : file_(file), descriptor_(open_locked(file, what)) {
  const std::string text = holder_json().dump() + "\n";
  const bool written =
      ::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (written) return;
  const std::string reason = std::strerror(errno);
  release();
  throw Error(fmt::format("Cannot write '{}': {}.", file.string(), reason), ErrorKind::kSystem);
}

FileLock::~FileLock() { release(); }

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  release();
  file_ = std::move(other.file_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

void FileLock::release() noexcept {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace juror
