// Tables of text with aligned columns, for people. Width counts what a terminal shows, not bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"

namespace juror {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

struct Cell {
  std::string text;
  Style style = Style::kPlain;
  Cell(std::string t, Style s = Style::kPlain) : text(std::move(t)), style(s) {}
  Cell(const char* t, Style s = Style::kPlain) : text(t), style(s) {}
};

/// Rows under titles; columns are as wide as their widest cell, two spaces apart, no trailing
/// spaces.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< each as long as `columns`

  std::string text(bool color) const;
};

/// Columns that `text` takes on a terminal: wide East Asian characters take two, combining marks
/// none.
std::size_t display_width(std::string_view text);

/// `text` cut to `width` columns, with "…" as the last when something was cut.
std::string fit_width(std::string_view text, std::size_t width);

/// `text` broken at spaces to lines of at most `width` columns, each after `indent` spaces.
std::string wrap_text(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace juror
