// Zip through libzip.
#include <zip.h>

#include <mutex>

#include "base/error.h"
#include "data/archive/archive.h"

namespace juror {
namespace {

class ZipArchive : public Archive {
 public:
  explicit ZipArchive(const std::filesystem::path& path) : Archive(path), zip_(open(path)) {
    const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* name = zip_get_name(zip_.get(), static_cast<zip_uint64_t>(i), 0);
      require(name != nullptr, "'{}': the name of member {} cannot be read.", path.string(), i);
      if (!std::string_view(name).ends_with('/')) add(name, i);
    }
  }

 private:
  struct Close {
    void operator()(zip_t* zip) const { zip_discard(zip); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };

  static zip_t* open(const std::filesystem::path& path) {
    require(std::filesystem::is_regular_file(path), "'{}' is missing or no file.", path.string());
    int code = 0;
    zip_t* zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (zip != nullptr) return zip;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw Error(fmt::format("'{}' cannot be read as a zip ({}); it may be cut short.",
                            path.string(), reason));
  }

  std::vector<std::uint8_t> read_at(std::int64_t at, const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    const auto index = static_cast<zip_uint64_t>(at);
    zip_stat_t stat;
    const bool known =
        zip_stat_index(zip_.get(), index, 0, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE) != 0;
    require(known && stat.size <= static_cast<zip_uint64_t>(kLargestMember),
            "'{}', '{}': its size is unknown or over 1 GiB.", path().string(), name);
    const std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(zip_.get(), index, 0));
    require(file != nullptr, "'{}', '{}': {}.", path().string(), name, zip_strerror(zip_.get()));
    std::vector<std::uint8_t> bytes(stat.size);
    const zip_int64_t got = zip_fread(file.get(), bytes.data(), bytes.size());
    char beyond = 0;  // asking for one byte more makes libzip check the checksum
    const bool whole =
        got == static_cast<zip_int64_t>(bytes.size()) && zip_fread(file.get(), &beyond, 1) == 0;
    require(whole, "'{}', '{}': cut short or corrupt ({}).", path().string(), name,
            zip_file_strerror(file.get()));
    return bytes;
  }

  mutable std::mutex mutex_;
  std::unique_ptr<zip_t, Close> zip_;
};

}  // namespace

std::shared_ptr<const Archive> open_zip(const std::filesystem::path& path) {
  return std::make_shared<ZipArchive>(path);
}

}  // namespace juror
