#include "data/writers/export_folder.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* doing, const fs::path& path, int reason = errno) {
  throw Error(fmt::format("Cannot {} '{}': {}.", doing, path.string(), std::strerror(reason)),
              ErrorKind::kSystem);
}

/// Writes a file that must be new, and takes it away again where that fails.
void write_exclusive(const fs::path& path, std::string_view bytes, bool flush) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) fail("write", path);
  int reason = 0;
  while (!bytes.empty() && reason == 0) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      reason = errno;
    }
  }
  if (reason == 0 && flush && ::fsync(file) != 0) reason = errno;
  if (::close(file) != 0 && reason == 0) reason = errno;
  if (reason == 0) return;
  ::unlink(path.c_str());
  fail("write", path, reason);
}

/// Renames unless `to` exists; file systems that cannot do that in one step are asked first.
int rename_to_new(const fs::path& from, const fs::path& to) {
  if (::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  std::error_code unknown;
  if (fs::exists(fs::symlink_status(to, unknown))) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

ExportFolder::ExportFolder(const fs::path& path)
    : path_(path.has_filename() ? path : path.parent_path()) {
  std::error_code unknown;
  const bool is_free = !fs::exists(fs::symlink_status(path_, unknown)) ||
                       (fs::is_directory(path_, unknown) && fs::is_empty(path_, unknown));
  require(is_free,
          "'{}' exists already, and an export never writes into what is there: name a new folder.",
          path_.string());
  temporary_ = path_.string() + ".tmp." + std::to_string(::getpid());
  create_folders(temporary_);
}

ExportFolder::~ExportFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void ExportFolder::write(const fs::path& name, std::string_view bytes) {
  const fs::path file = temporary_ / name;
  create_folders(file.parent_path());
  write_exclusive(file, bytes, /*flush=*/false);
}

void ExportFolder::link(const fs::path& name, const fs::path& target) {
  const fs::path file = temporary_ / name;
  create_folders(file.parent_path());
  if (::symlink(fs::absolute(target).c_str(), file.c_str()) != 0) fail("make the link", file);
}

fs::path ExportFolder::free_name(const fs::path& name) const {
  std::error_code unknown;
  fs::path free = name;
  for (int number = 2; fs::exists(fs::symlink_status(temporary_ / free, unknown)); ++number) {
    free = name;
    free.replace_filename(name.stem().string() + "-" + std::to_string(number) +
                          name.extension().string());
  }
  return free;
}

void ExportFolder::commit() {
  const int folder = ::open(temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("open", temporary_);
  const int synced = ::syncfs(folder);
  const int reason = errno;
  ::close(folder);
  if (synced != 0) fail("flush", temporary_, reason);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename onto", path_);
  temporary_.clear();
}

bool write_new_file(const fs::path& path, std::string_view bytes) {
  const fs::path temporary = path.string() + ".tmp." + std::to_string(::getpid());
  write_exclusive(temporary, bytes, /*flush=*/true);
  const int reason = rename_to_new(temporary, path);
  if (reason != 0) ::unlink(temporary.c_str());
  if (reason != 0 && reason != EEXIST) fail("write", path, reason);
  return reason == 0;
}

std::string picture_extension(std::span<const std::uint8_t> bytes, const std::string& name) {
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min<std::size_t>(bytes.size(), 12));
  if (start.starts_with("\xff\xd8\xff")) return ".jpg";
  if (start.starts_with("\x89PNG")) return ".png";
  if (start.starts_with("RIFF") && start.substr(8) == "WEBP") return ".webp";
  return fs::path(name).extension().string();
}

}  // namespace juror
