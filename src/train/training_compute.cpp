#include "train/training_compute.h"

#include "base/error.h"

namespace juror {

Compute training_compute(ComputeOptions options, const TrainedPart& part, std::int64_t parameters) {
  const bool has_few_bits = options.dtype == "int8" || options.dtype == "int4";
  require(part.adapters || !has_few_bits,
          "Weights of {} cannot be trained, adapters beside them can: set use_peft = true.",
          options.dtype);
  require(!part.mixed || options.dtype == "auto" || options.dtype == "float32",
          "bf16 is mixed precision of fp32 weights, and dtype = \"{}\" multiplies so already: set "
          "one of the two.",
          options.dtype);
  if (options.dtype == "auto" && (!part.adapters || part.mixed)) options.dtype = "float32";
  return choose_compute(options, parameters);
}

}  // namespace juror
