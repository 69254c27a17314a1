// The table of model families: everything that tells one family's checkpoints from another's. A new
// family is a row here and a golden test.
#pragma once

#include <array>
#include <span>

#include "image/smart_resize.h"
#include "model/config.h"
#include "model/config_reader.h"

namespace juror {

/// How pictures become patches where preprocessor_config.json does not say.
struct PictureRules {
  std::int64_t min_pixels = 0, max_pixels = 0;
  std::array<float, 3> mean{}, std{};
};

struct Family {
  const char* model_type;  ///< in config.json
  const char* name;        ///< for people
  /// Sizes of the tower from the object vision_config.
  VisionConfig (*read_vision)(const ConfigReader& json);
  VisionTraits vision;
  TextTraits text;
  PictureRules pictures;
};

std::span<const Family> families();

/// The row of `model_type`. Throws Error (kModel) that names `file` and lists the known ones.
const Family& family_of(const std::string& model_type, const std::string& file);

}  // namespace juror
