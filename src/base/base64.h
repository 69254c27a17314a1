// Base64, for bytes inside text: data: URIs.
#pragma once

#include <string>
#include <string_view>

namespace juror {

/// Base64 of the bytes with padding. Source: RFC 4648, section 4.
std::string base64(std::string_view bytes);

}  // namespace juror
