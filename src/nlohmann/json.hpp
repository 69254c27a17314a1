// The JSON library with its own assertions on, in release too. `src` is looked in before the
// system's folders, so that every `#include <nlohmann/json.hpp>` comes here: `[]` on a const object
// without the key is otherwise undefined, and arguments of `require` are read also where it holds.
// No room: it holds nothing of ours.
#pragma once

#include <stdexcept>
#include <string>

namespace juror {

/// Throws std::logic_error, a fault of ours, naming what the library expected.
[[noreturn, gnu::cold, gnu::noinline]] inline void json_fault(const char* expected) {
  throw std::logic_error(std::string("JSON was read where there is none (") + expected + ")");
}

}  // namespace juror

#define JSON_ASSERT(expected) \
  (static_cast<bool>(expected) ? static_cast<void>(0) : ::juror::json_fault(#expected))

#include_next <nlohmann/json.hpp>
