// Archives of images read in place: any member, in any order, without unpacking. Writes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace juror {

/// The members of an archive, found by full name, or by a tail of it that only one member has
/// ("a.jpg" for "train/a.jpg"). Safe to share between threads.
class Archive {
 public:
  virtual ~Archive() = default;
  const std::filesystem::path& path() const { return path_; }
  bool contains(const std::string& name) const { return find(name) != nullptr; }
  /// Names of all members, in no order.
  std::vector<std::string> names() const;
  /// The bytes. Throws Error naming archive and member: not there, several that end so, cut short,
  /// a wrong checksum, over 1 GiB.
  std::vector<std::uint8_t> read(const std::string& name) const;

 protected:
  explicit Archive(std::filesystem::path path) : path_(std::move(path)) {}
  /// `at` is what `read_at` finds the member by. Throws Error for a name that stands there twice.
  void add(const std::string& name, std::int64_t at);
  virtual std::vector<std::uint8_t> read_at(std::int64_t at, const std::string& name) const = 0;

 private:
  using Member = std::pair<const std::string, std::int64_t>;  // full name, where
  const Member* find(const std::string& name) const;

  std::filesystem::path path_;
  std::unordered_map<std::string, std::int64_t> members_;
  std::unordered_map<std::string_view, const Member*> by_last_name_;  // null: several
};

/// Whether the name ends in .zip, .tar, .tar.gz or .tgz.
bool is_archive_name(const std::filesystem::path& path);

/// Opens an archive and lists its members; a tar is read through once for that. Throws Error naming
/// it: missing, cut short, corrupt, a compression that Juror does not read.
std::shared_ptr<const Archive> open_archive(const std::filesystem::path& path);

std::shared_ptr<const Archive> open_zip(const std::filesystem::path& path);
std::shared_ptr<const Archive> open_tar(const std::filesystem::path& path);

/// Larger members are no images; refused before they are allocated.
inline constexpr std::int64_t kLargestMember = std::int64_t{1} << 30;

}  // namespace juror
