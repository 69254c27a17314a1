// What `juror doctor` looks at. The machine's part stands in machine.cpp, the engine's and the
// model's in engine/doctor.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace juror {

/// One finding. `advice` says what to do when it is not ok.
struct DoctorLine {
  std::string name;
  std::string value;
  bool ok = true;
  std::string advice = {};
};

/// What can be allocated now: what the system says is available, or less where a control group
/// grants less.
std::int64_t free_memory_bytes();

/// What there is in all, or less where a control group grants less.
std::int64_t machine_memory_bytes();

std::vector<DoctorLine> machine_lines();  ///< CPU, features, threads, memory, versions
std::vector<DoctorLine> engine_lines();   ///< libtorch, BLAS, threads in use, GPU, compute dtype
std::vector<DoctorLine> model_lines(
    const std::string& model);  ///< found?, hash, parameters, memory needed against free

}  // namespace juror
