// Tar and tar.gz through libarchive: one pass notes where each member's header stands, reading
// starts there.
#include <archive.h>
#include <archive_entry.h>

#include <array>

#include "base/error.h"
#include "data/archive/archive.h"
#include "data/archive/bytes.h"

namespace juror {
namespace {

/// libarchive on a stream of ours.
class TarReader {
 public:
  TarReader(std::unique_ptr<ByteStream> stream, std::string name)
      : stream_(std::move(stream)), name_(std::move(name)), tar_(archive_read_new()) {
    archive_read_support_format_tar(tar_.get());
    archive_read_support_format_gnutar(tar_.get());
    check(archive_read_open(tar_.get(), this, nullptr, &TarReader::feed, nullptr));
  }

  /// The next header; null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(tar_.get(), &entry);
    if (code == ARCHIVE_EOF) return nullptr;
    check(code);
    return entry;
  }
  std::int64_t position() const { return archive_read_header_position(tar_.get()); }

  std::vector<std::uint8_t> data(archive_entry* entry) {
    const std::int64_t size = archive_entry_size(entry);
    require(size >= 0 && size <= kLargestMember, "'{}', '{}': over 1 GiB.", name_,
            archive_entry_pathname(entry));
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    const la_ssize_t got = archive_read_data(tar_.get(), bytes.data(), bytes.size());
    require(got == size, "'{}', '{}': cut short.", name_, archive_entry_pathname(entry));
    return bytes;
  }

 private:
  struct Free {
    void operator()(::archive* tar) const { archive_read_free(tar); }
  };

  static la_ssize_t feed(::archive*, void* self, const void** bytes) {
    auto* reader = static_cast<TarReader*>(self);
    *bytes = reader->buffer_.data();
    try {
      return static_cast<la_ssize_t>(reader->stream_->read(reader->buffer_));
    } catch (const Error& error) {  // not through C code
      reader->error_ = error.what();
      return ARCHIVE_FATAL;
    }
  }

  void check(int code) const {
    if (!error_.empty()) throw Error(error_);
    const char* reason = archive_error_string(tar_.get());
    require(code == ARCHIVE_OK || code == ARCHIVE_WARN,
            "'{}' cannot be read as a tar ({}); it may be cut short.", name_,
            reason != nullptr ? reason : "unknown");
  }

  std::unique_ptr<ByteStream> stream_;
  std::string name_, error_;
  std::array<std::uint8_t, 65536> buffer_;
  std::unique_ptr<::archive, Free> tar_;
};

class TarArchive : public Archive {
 public:
  explicit TarArchive(const std::filesystem::path& path)
      : Archive(path),
        bytes_(path.extension() == ".tar" ? open_plain_bytes(path) : open_gzip_bytes(path)) {
    TarReader reader(bytes_->from(0), path.string());
    while (archive_entry* entry = reader.next()) {
      const char* name = archive_entry_pathname(entry);
      require(name != nullptr, "'{}': the name of a member cannot be read.", path.string());
      if (archive_entry_filetype(entry) == AE_IFREG) add(name, reader.position());
    }
  }

 private:
  std::vector<std::uint8_t> read_at(std::int64_t at, const std::string& name) const override {
    TarReader reader(bytes_->from(at), path().string());
    archive_entry* entry = reader.next();
    require(entry != nullptr, "'{}', '{}': its header is gone.", path().string(), name);
    return reader.data(entry);
  }

  std::unique_ptr<Bytes> bytes_;
};

}  // namespace

std::shared_ptr<const Archive> open_tar(const std::filesystem::path& path) {
  return std::make_shared<TarArchive>(path);
}

}  // namespace juror
