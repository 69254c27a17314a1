// Tables of a page.
#pragma once

#include <string>
#include <vector>

#include "plot/html.h"

namespace juror {

struct TableColumn {
  std::string title;
  bool is_number = false;  ///< right-aligned
};

struct TableRow {
  std::vector<Markup> cells;  ///< as many as columns; the first names the row
  std::string css = {};       ///< class of the row: "model", "published"
};

/// A table that scrolls sideways by itself where the page is narrow.
Markup table(const std::vector<TableColumn>& columns, const std::vector<TableRow>& rows);

}  // namespace juror
