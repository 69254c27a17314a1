// A cell whose type Juror does not read. It stands in the row as a mark, so that only a format that
// needs it refuses the table.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace juror {

/// The mark, which is no null, text, number or list. `type`: its name in the table's library.
inline nlohmann::json unread_cell(const std::string& type) {
  return nlohmann::json::binary({type.begin(), type.end()});
}

inline bool is_unread(const nlohmann::json& cell) { return cell.is_binary(); }

/// The name of its type.
inline std::string unread_type(const nlohmann::json& cell) {
  return {cell.get_binary().begin(), cell.get_binary().end()};
}

}  // namespace juror
