#include "engine/request.h"

#include "base/error.h"

namespace juror {

void require_done(const Result& result) {
  if (result.end == RequestEnd::kFailed) throw Error(result.error, ErrorKind::kModel);
}

}  // namespace juror
