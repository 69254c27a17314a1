#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

void juror::json_fault(const char* expected) {
  throw std::logic_error(fmt::format("JSON was read where there is none ({})", expected));
}
