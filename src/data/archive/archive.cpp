#include "data/archive/archive.h"

#include "base/error.h"

namespace juror {
namespace {

std::string_view last_name(std::string_view name) { return name.substr(name.rfind('/') + 1); }

bool ends_in_path(const std::string& name, const std::string& tail) {
  return name.size() > tail.size() && name.ends_with(tail) &&
         name[name.size() - tail.size() - 1] == '/';
}

}  // namespace

void Archive::add(const std::string& name, std::int64_t at) {
  const std::string plain = name.starts_with("./") ? name.substr(2) : name;
  const auto [place, is_new] = members_.insert({plain, at});
  require(is_new, "'{}' holds '{}' twice.", path_.string(), plain);
  const auto [last, is_first] = by_last_name_.insert({last_name(place->first), &*place});
  if (!is_first) last->second = nullptr;
}

std::vector<std::string> Archive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, at] : members_) names.push_back(name);
  return names;
}

const Archive::Member* Archive::find(const std::string& name) const {
  const auto exact = members_.find(name);
  if (exact != members_.end()) return &*exact;
  const auto last = by_last_name_.find(last_name(name));
  if (last == by_last_name_.end() || last->second == nullptr) return nullptr;
  const std::string& full = last->second->first;
  return ends_in_path(full, name) || ends_in_path(name, full) ? last->second : nullptr;
}

std::vector<std::uint8_t> Archive::read(const std::string& name) const {
  const Member* member = find(name);
  require(member != nullptr, "'{}' has no member '{}', or several that end so.", path_.string(),
          name);
  return read_at(member->second, member->first);
}

bool is_archive_name(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".zip") || name.ends_with(".tar") || name.ends_with(".tar.gz") ||
         name.ends_with(".tgz");
}

std::shared_ptr<const Archive> open_archive(const std::filesystem::path& path) {
  require(is_archive_name(path),
          "'{}' is no archive that Juror reads in place; it must be .zip, .tar, .tar.gz or .tgz.",
          path.string());
  return path.extension() == ".zip" ? open_zip(path) : open_tar(path);
}

}  // namespace juror
