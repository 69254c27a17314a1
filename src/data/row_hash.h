// The same data, or other: a hash of rows.
#pragma once

#include <cstdint>

#include "data/dataset.h"

namespace juror {

/// Of what a row says and of its weight; images by name.
std::uint64_t row_hash(const DatasetRow& row);

}  // namespace juror
