// ImageReward as the hub has it: images/train/train_1.zip holds images and train_1.json, one record
// an image; where the zip has no such list, metadata-train.parquet beside images/ has the records.
#pragma once

#include <filesystem>
#include <memory>

#include "data/table.h"

namespace juror {

/// The images of a zip grouped by prompt into the rows of ImageReward's training files: {id,
/// prompt, generations, ranking}. Throws Error naming zip and record: no list, a record without
/// prompt_id, image_path, prompt or rank, one prompt_id with two prompts.
std::unique_ptr<Table> open_imagereward_zip(const std::filesystem::path& zip);

}  // namespace juror
