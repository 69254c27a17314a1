// Pictures that a command line names, ready to be judged.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "image/decode.h"
#include "image/options.h"
#include "judge/judge.h"

namespace juror {

/// Pictures that could be read, and what was wrong with the others.
struct LoadedPictures {
  std::vector<std::string> paths;  ///< of the candidates
  std::vector<CandidateImage> candidates;
  std::vector<std::optional<double>> people = {};  ///< people's mean opinions; empty: not asked
  std::vector<std::pair<std::string, std::string>> failures;  ///< path, reason
};

/// Throws Error when the prompt is the name of a file: it was forgotten, and a picture stands in
/// its place.
void require_prompt_first(const std::string& prompt, const std::string& command);

/// The files named, and the pictures of folders named; a raw file beside a picture of its name is
/// the same picture. Throws Error for a folder without any.
std::vector<std::string> picture_paths(const std::vector<std::string>& names, bool recursive);

/// Throws Error when standard input ("-") is named more than once.
void require_stdin_once(const std::vector<std::string>& pictures);

/// Threads that decode images while a judge works, of so many (0: one a core): a few are enough for
/// any judge.
int decode_threads(std::int64_t threads);

/// Reads and prepares a picture; one that cannot be read is named in a warning and in `failures`.
/// Returns whether it could.
bool add_picture(const Judge& judge, const ImageReader& reader, const std::string& path,
                 LoadedPictures& pictures, Context& context);

/// Reads and prepares every picture, as `add_picture`.
LoadedPictures read_pictures(const Judge& judge, const std::vector<std::string>& paths,
                             const ImageOptions& image, Context& context);

}  // namespace juror
