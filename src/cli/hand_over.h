// From `juror` to `juror-engine`: what the environment must say before libraries read it, and exec.
#pragma once

#include <string>
#include <vector>

namespace juror {

/// Sets in the environment how OpenMP's threads wait, unless the user has (OMP_WAIT_POLICY,
/// GOMP_SPINCOUNT); returns whether it did. libgomp reads it when it is loaded, so it holds for
/// programs started after.
bool set_waiting_policy();

/// Replaces this process by `juror-engine` with the same arguments. Throws Error (kSystem) when it
/// is not there.
[[noreturn]] void hand_to_engine(const std::vector<std::string>& arguments);

}  // namespace juror
