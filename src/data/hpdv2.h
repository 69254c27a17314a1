// HPDv2's test set as published: test.json and a folder of images, ten full rankings a prompt.
#pragma once

#include <filesystem>
#include <vector>

#include "preference/example.h"

namespace juror {

/// Reads FOLDER/test.json: a list of {prompt, image_path:[n], rank:[n], raw_annotations:[{rank:[n]}]}. Image names become
/// paths of FOLDER/test. Throws Error naming the file, the row and the key: broken JSON, lists of different length, ranks that
/// are no numbers, names that climb out of the folder.
std::vector<PreferenceExample> read_hpdv2_test(const std::filesystem::path& folder);

}  // namespace juror
