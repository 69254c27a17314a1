// Folders and files of an export. A folder appears whole under its name, or not at all; what is
// written beside pictures never takes the place of a file.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace juror {

/// A new folder: it is filled under another name beside it, and renamed by `commit`. Without that
/// nothing is left behind.
class ExportFolder {
 public:
  /// Throws Error where something stands under that name that is no empty folder.
  explicit ExportFolder(const std::filesystem::path& path);
  ~ExportFolder();
  ExportFolder(const ExportFolder&) = delete;
  ExportFolder& operator=(const ExportFolder&) = delete;

  /// Where the files of the folder lie until it has its name.
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Writes a file; `name` is relative and new. Throws Error (kSystem): disk full, a name twice.
  void write(const std::filesystem::path& name, std::string_view bytes);
  /// A symbolic link to a file.
  void link(const std::filesystem::path& name, const std::filesystem::path& target);
  /// `name`, or with -2, -3 … before its extension where that is taken.
  std::filesystem::path free_name(const std::filesystem::path& name) const;
  void commit();

 private:
  std::filesystem::path path_, temporary_;
};

/// Writes a file that does not exist yet; false, and nothing is written, where it does. Throws
/// Error (kSystem).
bool write_new_file(const std::filesystem::path& path, std::string_view bytes);

/// ".jpg", ".png", ".webp", as the bytes say; else the extension of `name`.
std::string picture_extension(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace juror
