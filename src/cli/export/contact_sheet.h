// The contact sheet of rankings.
#pragma once

#include <string>

#include "data/writers/judged_group.h"
#include "image/decode.h"
#include "report/contact_sheet.h"

namespace juror {

/// A group as a page shows it: pictures as JPEGs whose longer side is at most `pixels`. One that
/// cannot be decoded is named in the page and in a warning.
SheetGroup sheet_group(const JudgedGroup& group, std::int64_t keep, std::int64_t pixels,
                       const ImageReader& reader);

}  // namespace juror
