#include <fstream>

#include "base/error.h"
#include "data/archive/bytes.h"

namespace juror {
namespace {

class PlainStream : public ByteStream {
 public:
  PlainStream(const std::filesystem::path& path, std::int64_t offset)
      : path_(path), stream_(path, std::ios::binary) {
    require(std::filesystem::is_regular_file(path) && stream_.is_open(),
            "'{}' is missing or no file.", path.string());
    stream_.seekg(offset);
  }
  std::size_t read(std::span<std::uint8_t> to) override {
    stream_.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
    require(!stream_.bad(), "'{}' cannot be read.", path_.string());
    return static_cast<std::size_t>(stream_.gcount());
  }

 private:
  std::filesystem::path path_;
  std::ifstream stream_;
};

class PlainBytes : public Bytes {
 public:
  explicit PlainBytes(const std::filesystem::path& path) : path_(path) {}
  std::unique_ptr<ByteStream> from(std::int64_t offset) override {
    return std::make_unique<PlainStream>(path_, offset);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

std::unique_ptr<Bytes> open_plain_bytes(const std::filesystem::path& path) {
  return std::make_unique<PlainBytes>(path);
}

}  // namespace juror
