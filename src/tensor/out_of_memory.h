// Memory that ran out, as a sentence: what did not fit, and what would.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "base/error.h"

namespace juror {

/// What an allocation that failed asked for.
struct FailedAllocation {
  std::uint64_t bytes = 0;  ///< 0 where the fault does not say
  bool on_host = true;      ///< else on the device
};

/// Whether a fault of libtorch or of the C++ library is memory that ran out.
std::optional<FailedAllocation> failed_allocation(const std::exception& fault);

/// "Step 12 did not fit into the memory of the device: 3.20 GB more were asked for. …advice"
/// (kSystem).
Error out_of_memory(const FailedAllocation& failed, const std::string& doing,
                    const std::string& advice);

/// What `work` gives; memory that runs out in it is thrown on as `out_of_memory`. doing: "Step 12",
/// "Loading 'folder'"; advice: whole sentences.
template <class Work>
auto with_memory_advice(const std::string& doing, const std::string& advice, Work work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& fault) {
    if (const auto failed = failed_allocation(fault)) throw out_of_memory(*failed, doing, advice);
    throw;
  }
}

/// A fault of libtorch as a person reads it, without the stack of its own functions; nothing for
/// others.
std::optional<std::string> fault_text(const std::exception& fault);

}  // namespace juror
