#include "data/writers/export_target.h"

#include <fmt/format.h>

#include <map>

#include "base/file.h"
#include "data/writers/export_folder.h"
#include "data/writers/row_file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

std::string_view text_of(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Pictures as files of a folder, each written once: "images/000012-3.jpg".
class WrittenPictures : public GroupPictures {
 public:
  WrittenPictures(const JudgedGroup& group, ExportFolder* folder, std::string subfolder)
      : group_(group), folder_(folder), subfolder_(std::move(subfolder)) {}

  std::string file(std::size_t image) override {
    std::string& name = names_[image];
    if (!name.empty()) return name;
    const std::vector<std::uint8_t> content = bytes(image);
    name = fmt::format("{}/{}-{}{}", subfolder_, group_name(group_.number), image,
                       picture_extension(content, group_.images.at(image).name));
    folder_->write(name, text_of(content));
    return name;
  }
  std::vector<std::uint8_t> bytes(std::size_t image) override {
    return group_.images.at(image).source.read();
  }

 private:
  const JudgedGroup& group_;
  ExportFolder* folder_;  // null: the format names no files
  std::string subfolder_;
  std::map<std::size_t, std::string> names_;
};

class FileTarget : public ExportTarget {
 public:
  FileTarget(const ExportFormat& format, const fs::path& out, const WriterOptions& options)
      : format_(format), options_(options), file_(open_row_file(format, out)) {}

  void add(const ExportGroup& group) override {
    WrittenPictures pictures(group.group, nullptr, "");
    for (const auto& row : format_.rows(group, pictures, options_)) file_->add(row);
  }
  void finish() override { file_->finish(); }

 private:
  const ExportFormat& format_;
  WriterOptions options_;
  std::unique_ptr<RowFile> file_;
};

class FolderTarget : public ExportTarget {
 public:
  FolderTarget(const ExportFormat& format, const fs::path& out, const WriterOptions& options)
      : format_(format), options_(options), folder_(out) {
    if (!format.table.empty()) table_ = open_row_file(format, folder_.temporary() / format.table);
    for (const auto& [name, text] : format.extras) folder_.write(name, text);
  }

  void add(const ExportGroup& group) override {
    WrittenPictures pictures(group.group, &folder_, format_.pictures);
    if (format_.rows != nullptr) {
      for (const auto& row : format_.rows(group, pictures, options_)) table_->add(row);
      return;
    }
    for (const ExportFile& file : format_.files(group, options_)) place(file, group, pictures);
  }

  void finish() override {
    if (table_) table_->finish();
    folder_.commit();
  }

 private:
  void place(const ExportFile& file, const ExportGroup& group, GroupPictures& pictures) {
    if (!file.image) return folder_.write(file.path, file.text);
    const JudgedImage& image = group.group.images.at(*file.image);
    if (file.link && !image.file.empty())
      return folder_.link(folder_.free_name(file.path), image.file);
    const std::vector<std::uint8_t> bytes = pictures.bytes(*file.image);
    const std::string extension =
        file.link ? "" : picture_extension(bytes, image.name);  // a link has its picture's name
    folder_.write(folder_.free_name(file.path.string() + extension), text_of(bytes));
  }

  const ExportFormat& format_;
  WriterOptions options_;
  ExportFolder folder_;
  std::unique_ptr<RowFile> table_;
};

}  // namespace

std::unique_ptr<ExportTarget> begin_export(const ExportFormat& format, const fs::path& out,
                                           const WriterOptions& options) {
  if (format.storage == Storage::kFolder || format.storage == Storage::kFiles)
    return std::make_unique<FolderTarget>(format, out, options);
  return std::make_unique<FileTarget>(format, out, options);
}

}  // namespace juror
