#include "cli/engine/start.h"

#include <ATen/Parallel.h>

#include "tensor/device.h"

namespace juror {

void start_engine(const GlobalOptions& global) {
  load_cuda_backend();
  if (global.threads > 0) at::set_num_threads(static_cast<int>(global.threads));
}

}  // namespace juror
