// A photographer's folder: its shots, and which of them show the same.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "image/decode.h"
#include "image/difference_hash.h"

namespace juror {

/// One press of the shutter: the picture that is looked at, and the raw files beside it that have
/// its name.
struct Shot {
  std::filesystem::path file;
  std::vector<std::filesystem::path> companions = {};
  DifferenceHash hash = {};
  std::optional<double> time = {};  ///< capture_time
  std::string error = {};           ///< why it cannot be read; empty where it can
};

struct SimilarOptions {
  double gap_seconds = 60;
  std::int64_t burst_distance = 36;
  std::int64_t similar_distance = 22;

  template <class Field>
  void fields(Field&& field) {
    field("gap_seconds", gap_seconds, "Shots taken within this time may be of one burst",
          Range{0, 1e9});
    field("burst_distance", burst_distance,
          "Bits of 128 in which the hashes of shots of one burst may differ", Range{0, 128});
    field("similar_distance", similar_distance,
          "The same for shots whose times are unknown or farther apart", Range{0, 128});
  }
};

/// JPEG, PNG, WebP, HEIC, AVIF and raw files of a folder, by name, whether or not this build reads
/// them; a raw file beside a picture of its name is its companion. Hidden files and links to
/// folders are left out. Throws Error where it is no folder.
std::vector<Shot> find_shots(const std::filesystem::path& folder, bool recursive);

/// Reads every shot on some threads: hash, time, or error. Stops when `progress` says so and
/// returns false.
bool look_at_shots(std::vector<Shot>& shots, const ImageReader& reader, int threads,
                   const Progress& progress);

/// Indices of shots that show the same, in the order given; shots alone are groups of one. Two
/// shots are linked when they are similar, and a group is what links join. Unreadable shots are in
/// none.
std::vector<std::vector<std::size_t>> similar_groups(const std::vector<Shot>& shots,
                                                     const SimilarOptions& options);

}  // namespace juror
