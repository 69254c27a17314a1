// One writer at a time: a lock file beside what is written, held by the process that made it.
#pragma once

#include <filesystem>
#include <string>

namespace juror {

/// Holds a lock file until it is destroyed; the system lets go of it when the process dies, however
/// it dies. Works between processes of one machine and, where the file system passes locks on (NFS
/// does), between machines; where it knows no locks, the file's word is taken: a process of this
/// machine that is gone holds nothing, one of another machine is believed.
class FileLock {
 public:
  /// `what` begins the error: "The run folder 'runs/a'". Throws Error (kUser) naming host, process
  /// and start of the holder, and what to do; kSystem when the lock file cannot be made.
  FileLock(const std::filesystem::path& file, const std::string& what);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

 private:
  void release() noexcept;

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace juror
