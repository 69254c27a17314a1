// Which Juror this is.
#pragma once

#include <string_view>

namespace juror {

/// "0.1.0".
std::string_view juror_version();

}  // namespace juror
