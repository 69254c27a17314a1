// Reading JSON that anybody may have written.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace juror {

/// Lists and objects inside one another: more than any file that Juror reads has.
inline constexpr int kDeepestJson = 200;

/// Whether brackets nest deeper than that. Copying or writing such a value would exhaust the stack.
bool nests_too_deep(std::string_view json);

/// The value, or a discarded one where the text is no JSON or nests too deep.
template <class Json = nlohmann::json>
Json json_or_discarded(std::string_view text) {
  if (nests_too_deep(text)) return Json(nlohmann::detail::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace juror
