// Files: whole reads, read-only maps, and writes that either happen completely or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace juror {

/// The whole file as bytes. Throws Error naming the path (missing, a folder, unreadable).
std::string read_file(const std::filesystem::path& path);

/// A read-only memory map of a whole file; the bytes live as long as the object. An empty file is
/// an empty span.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

  /// Gives the whole pages among these bytes back to the system, which reads them again if they are
  /// asked for. Bytes that are not of this file stay as they are.
  void release(const void* begin, std::size_t size) const;

 private:
  std::filesystem::path path_;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A file that appears under its name only when `commit` is called: bytes go to a temporary
/// neighbour, which is flushed to disk and renamed. Without `commit` nothing is left behind. Throws
/// Error naming the path: kUser for a folder in its place or one that is not there, kSystem when
/// the folder is not writable or the disk is full. A device or pipe (/dev/stdout) is written as it
/// goes.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

/// `AtomicFile` in one call.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

}  // namespace juror
