// multipart/form-data, as browsers and curl -F send it. Pure functions of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/message.h"

namespace juror {

/// The boundary that a Content-Type names; nothing for other types. Throws HttpError (400) for
/// multipart/form-data without one.
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// The parts in the order of the body. Throws HttpError (400) for a body that is cut short or has
/// a part without a name, (413) for more than `most_parts`.
std::vector<HttpPart> read_multipart(std::string_view body, const std::string& boundary,
                                     std::size_t most_parts);

}  // namespace juror
