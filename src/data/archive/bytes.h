// Bytes at any offset of a file, or of what a gzip file unpacks to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace juror {

/// A stream that begins at some offset.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills `to` from the front; fewer than asked for only at the end, 0 there. Throws Error naming
  /// the file.
  virtual std::size_t read(std::span<std::uint8_t> to) = 0;
};

/// A file or unpacked gzip file. After one pass of a stream from 0 to the end, streams from any
/// offset are cheap. Streams may be made and read on several threads once that pass is over.
class Bytes {
 public:
  virtual ~Bytes() = default;
  virtual std::unique_ptr<ByteStream> from(std::int64_t offset) = 0;
};

std::unique_ptr<Bytes> open_plain_bytes(const std::filesystem::path& path);

/// The first pass notes restart points: at least `spacing` unpacked bytes apart, and never more
/// than 2,048 (64 MiB of windows), so reading from an offset unpacks at most max(spacing, size /
/// 1024) bytes before it. Throws Error for what is no gzip.
std::unique_ptr<Bytes> open_gzip_bytes(const std::filesystem::path& path,
                                       std::int64_t spacing = 1 << 20);

}  // namespace juror
