#include "base/version.h"

namespace juror {

std::string_view juror_version() { return JUROR_VERSION; }

}  // namespace juror
