// What `juror doctor` looks at. The engine's part stands in doctor_engine.cpp.
#pragma once

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

std::vector<DoctorLine> machine_lines();                        ///< CPU, features, threads, memory, versions
std::vector<DoctorLine> engine_lines();                         ///< libtorch, BLAS, threads in use, GPU, compute dtype
std::vector<DoctorLine> model_lines(const std::string& model);  ///< found?, hash, parameters, memory needed against free

}  // namespace juror
