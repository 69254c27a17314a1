#include "cli/judge/pictures.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "data/shots.h"

namespace juror {
namespace {

constexpr std::size_t kManyPictures = 20;  // whose reading is worth a line of progress

}  // namespace

void require_prompt_first(const std::string& prompt, const std::string& command) {
  std::error_code unknown;
  require(prompt.empty() || !std::filesystem::exists(prompt, unknown),
          "The prompt comes first, and '{0}' is a file. For no prompt: {1} \"\" {0} …", prompt,
          command);
}

std::vector<std::string> picture_paths(const std::vector<std::string>& names, bool recursive) {
  std::vector<std::string> paths;
  for (const std::string& named : names) {
    if (!std::filesystem::is_directory(named)) {
      paths.push_back(named);
      continue;
    }
    const std::vector<Shot> shots = find_shots(named, recursive);
    require(!shots.empty(),
            "'{}' holds no picture (JPEG, PNG, WebP, HEIC, AVIF or a camera's raw file).{}", named,
            recursive ? "" : " Those in its subfolders: --recursive.");
    for (const Shot& shot : shots) paths.push_back(shot.file.string());
  }
  return paths;
}

int decode_threads(std::int64_t threads) {
  constexpr int kMostDecodeThreads = 4;
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::min(threads > 0 ? static_cast<int>(threads) : cores, kMostDecodeThreads);
}

void require_stdin_once(const std::vector<std::string>& pictures) {
  require(std::count(pictures.begin(), pictures.end(), "-") <= 1,
          "'-', a picture from standard input, is named more than once, and can be read once.");
}

bool add_picture(const Judge& judge, const ImageReader& reader, const std::string& path,
                 LoadedPictures& pictures, Context& context) {
  try {
    pictures.candidates.push_back(judge.prepare(reader.load(path)));
    pictures.paths.push_back(path);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUser) throw;
    context.terminal.say(LogLevel::kWarning, error.what());
    pictures.failures.emplace_back(path, error.what());
    return false;
  }
}

LoadedPictures read_pictures(const Judge& judge, const std::vector<std::string>& paths,
                             const ImageOptions& image, Context& context) {
  const ImageReader reader(image);
  const Progress progress = context.progress();
  LoadedPictures pictures;
  std::int64_t read = 0;
  for (const std::string& path : paths) {
    if (paths.size() > kManyPictures)
      require(progress("reading pictures", read++, static_cast<std::int64_t>(paths.size())),
              "Stopped while reading pictures; nothing was compared.");
    add_picture(judge, reader, path, pictures, context);
  }
  return pictures;
}

}  // namespace juror
