#include "data/shots.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "image/capture_time.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

std::string lower_extension(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_raw(const fs::path& file) {
  return is_one_of(lower_extension(file), {".cr2", ".nef", ".nrw", ".arw", ".dng", ".orf", ".pef",
                                           ".rw2", ".srw", ".raf"});
}

bool is_picture(const fs::path& file) {
  return is_raw(file) || is_one_of(lower_extension(file), {".jpg", ".jpeg", ".png", ".webp",
                                                           ".heic", ".heif", ".hif", ".avif"});
}

template <class Iterator>
std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : Iterator(folder, fs::directory_options::skip_permission_denied)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && !name.starts_with('.') && is_picture(entry.path()))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void look_at(Shot& shot, const ImageReader& reader) {
  try {
    const std::string text = read_file(shot.file);
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    shot.time = capture_time(bytes);
    shot.hash = difference_hash(reader.decode(bytes, shot.file.string()));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUser) throw;
    shot.error = error.what();
  }
}

bool are_similar(const Shot& a, const Shot& b, const SimilarOptions& options) {
  const bool burst = a.time && b.time && std::abs(*a.time - *b.time) <= options.gap_seconds;
  const int distance = hash_distance(a.hash, b.hash);
  return distance <= options.similar_distance || (burst && distance <= options.burst_distance);
}

/// The end of a chain of links, which is shortened on the way.
std::size_t root_of(std::vector<std::size_t>& parents, std::size_t index) {
  while (parents[index] != index) index = parents[index] = parents[parents[index]];
  return index;
}

}  // namespace

std::vector<Shot> find_shots(const fs::path& folder, bool recursive) {
  require(fs::is_directory(folder), "'{}' is no folder.", folder.string());
  const std::vector<fs::path> files = recursive
                                          ? pictures_in<fs::recursive_directory_iterator>(folder)
                                          : pictures_in<fs::directory_iterator>(folder);
  std::map<fs::path, std::size_t> by_stem;
  std::vector<Shot> shots;
  const auto stem = [](const fs::path& file) { return file.parent_path() / file.stem(); };
  for (const fs::path& file : files) {
    if (is_raw(file)) continue;
    by_stem.emplace(stem(file), shots.size());  // of two pictures of one name the first
    shots.push_back({.file = file});
  }
  for (const fs::path& file : files) {
    if (!is_raw(file)) continue;
    const auto picture = by_stem.find(stem(file));
    if (picture == by_stem.end()) {
      shots.push_back({.file = file});
    } else {
      shots[picture->second].companions.push_back(file);
    }
  }
  std::sort(shots.begin(), shots.end(),
            [](const Shot& a, const Shot& b) { return a.file < b.file; });
  return shots;
}

bool look_at_shots(std::vector<Shot>& shots, const ImageReader& reader, int threads,
                   const Progress& progress) {
  std::atomic<std::size_t> next = 0, done = 0;
  std::atomic<bool> stopped = false;
  std::exception_ptr fault;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < shots.size() && !stopped; i = next++) {
      try {
        look_at(shots[i], reader);
        const std::lock_guard lock(mutex);
        ++done;
        if (progress &&
            !progress("looking", static_cast<std::int64_t>(done.load()), std::ssize(shots)))
          stopped = true;
      } catch (...) {
        const std::lock_guard lock(mutex);
        fault = std::current_exception();
        stopped = true;
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  }
  if (fault) std::rethrow_exception(fault);
  return !stopped;
}

std::vector<std::vector<std::size_t>> similar_groups(const std::vector<Shot>& shots,
                                                     const SimilarOptions& options) {
  std::vector<std::size_t> parents(shots.size());
  std::iota(parents.begin(), parents.end(), std::size_t{0});
  for (std::size_t i = 0; i < shots.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!shots[i].error.empty() || !shots[j].error.empty()) continue;
      if (are_similar(shots[i], shots[j], options))
        parents[root_of(parents, i)] = root_of(parents, j);
    }
  }
  std::map<std::size_t, std::size_t> group_of_root;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < shots.size(); ++i) {
    if (!shots[i].error.empty()) continue;
    const auto [place, is_new] = group_of_root.emplace(root_of(parents, i), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(i);
  }
  return groups;
}

}  // namespace juror
