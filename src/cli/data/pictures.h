// Pictures of the page of an evaluation, out of its data set: folders, archives and parquet alike.
#pragma once

#include <vector>

#include "report/picture.h"

namespace juror {

/// Reads the rows of the data set up to the last example that is wanted, and of their pictures
/// those that are wanted. Leaves out what it does not have under that name. A data set that is gone
/// or cannot be read is a warning, for a page without its pictures is still worth having.
PictureBytes pictures_of_data(const EvaluatedData& data, const std::vector<PictureId>& wanted);

}  // namespace juror
