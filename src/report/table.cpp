#include "report/table.h"

#include <cassert>

namespace juror {

Markup table(const std::vector<TableColumn>& columns, const std::vector<TableRow>& rows) {
  const auto align = [&](std::size_t i) { return columns[i].is_number ? "number" : "words"; };
  Markup titles, body;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    titles += element_of("th", {{"scope", "col"}, {"class", align(i)}}, columns[i].title);
  }
  for (const TableRow& row : rows) {
    assert(row.cells.size() == columns.size());
    Markup cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      Attributes attributes = {{"class", align(i)}};
      if (i == 0) attributes.push_back({"scope", "row"});
      cells += element(i == 0 ? "th" : "td", attributes, row.cells[i]);
    }
    body += element("tr", {{"class", row.css}}, cells);
  }
  const Markup whole =
      element("table", element("thead", element("tr", titles)) + element("tbody", body));
  return element(
      "div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "group"}, {"aria-label", "table"}},
      whole);
}

}  // namespace juror
