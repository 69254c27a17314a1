#include "cli/engine/start.h"

#include <ATen/Parallel.h>

#include "tensor/device.h"
#include "tensor/many_rows.h"
#include "tensor/out_of_memory.h"

namespace juror {

std::optional<std::string> explain_fault(const std::exception& fault) {
  if (const auto failed = failed_allocation(fault)) {
    return out_of_memory(*failed, "This command",
                         "Fewer rows at a time (--batch-rows), smaller pictures, --dtype bfloat16 "
                         "or a smaller model take less; `juror doctor` compares what is free with "
                         "what the model needs.")
        .what();
  }
  const auto text = fault_text(fault);
  if (!text) return {};
  return "This is a fault of ours, please report it with the command you gave: " + *text;
}

void start_engine(const GlobalOptions& global) {
  keep_few_compiled_products();
  load_cuda_backend();
  if (global.threads > 0) at::set_num_threads(static_cast<int>(global.threads));
}

}  // namespace juror
