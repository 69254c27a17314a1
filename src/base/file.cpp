// Files on POSIX. Every failed system call becomes a sentence with the path and the system's
// reason.
#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace juror {
namespace {

[[noreturn]] void fail(const char* doing, const std::filesystem::path& path, ErrorKind kind) {
  throw Error(fmt::format("Cannot {} '{}': {}.", doing, path.string(), std::strerror(errno)), kind);
}

/// An open descriptor that closes itself.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

/// Opens a regular file for reading and reports its size.
int open_regular(const std::filesystem::path& path, std::size_t& size) {
  const bool is_input = path == "-";  // the standard input, whatever asks for a file
  const int descriptor = is_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                  : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("open", path, ErrorKind::kUser);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    require(false, "Cannot read '{}': it is a folder, and a file is expected here.", path.string());
  }
  size = static_cast<std::size_t>(status.st_size);
  return descriptor;
}

/// A device, pipe or socket: written as it goes, for renaming a file onto it would destroy it (`-o
/// /dev/null`).
bool is_stream(std::filesystem::file_type kind) {
  using enum std::filesystem::file_type;
  return kind == character || kind == block || kind == fifo || kind == socket;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::size_t size = 0;
  const Descriptor file{open_regular(path, size)};
  std::string bytes(size, '\0');
  std::size_t done = 0;
  for (;;) {  // pipes and /proc files report size 0: read until the end, whatever fstat said
    if (done == bytes.size()) bytes.resize(bytes.size() + 4096);
    const ssize_t got = ::read(file.value, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, ErrorKind::kSystem);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  const Descriptor file{open_regular(path, size_)};
  if (size_ == 0) return;
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.value, 0);
  if (address == MAP_FAILED) fail("map", path, ErrorKind::kSystem);
  data_ = static_cast<const std::uint8_t*>(address);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

void MappedFile::release(const void* begin, std::size_t size) const {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(begin),
             own = reinterpret_cast<std::uintptr_t>(data_);
  if (address < own || address + size > own + size_) return;
  const std::uintptr_t first = (address + page - 1) / page * page,
                       last = (address + size) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
  std::error_code unknown;
  const auto kind = std::filesystem::status(path_, unknown).type();
  errno = EISDIR;
  if (kind == std::filesystem::file_type::directory) fail("write", path_, ErrorKind::kUser);
  if (std::filesystem::is_symlink(path_, unknown)) {  // the link stays, its target is replaced
    const auto target = std::filesystem::weakly_canonical(path_, unknown);
    if (!unknown) path_ = target;
  }
  if (is_stream(kind)) {
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = path_.string() + ".tmp." + std::to_string(::getpid());
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  }
  const bool is_nowhere = errno == ENOENT || errno == ENOTDIR;  // a folder that is not there
  if (descriptor_ < 0) fail("write", path_, is_nowhere ? ErrorKind::kUser : ErrorKind::kSystem);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(descriptor_, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path_, ErrorKind::kSystem);
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail("flush", path_, ErrorKind::kSystem);
  const int descriptor = std::exchange(descriptor_, -1);
  const bool is_closed = ::close(descriptor) == 0;
  if (is_closed && temporary_.empty()) return;
  if (is_closed && ::rename(temporary_.c_str(), path_.c_str()) == 0) return;
  const int reason = errno;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  errno = reason;
  fail(is_closed ? "rename onto" : "close", path_, ErrorKind::kSystem);
}

void write_file_atomic(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace juror
