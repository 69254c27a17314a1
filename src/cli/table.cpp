#include "cli/table.h"

#include <utf8proc.h>

#include <algorithm>
#include <cassert>

#include "cli/visible_text.h"

namespace juror {
namespace {

/// The character at the front of `text`: its bytes, and the columns it takes.
struct Glyph {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

Glyph front(std::string_view text) {
  utf8proc_int32_t code = 0;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (length <= 0) return {};  // not UTF-8: a terminal shows one mark
  return {static_cast<std::size_t>(length),
          static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)))};
}

std::string padded(const Cell& cell, const std::string& text, std::size_t width, Align align,
                   bool color) {
  const std::string spaces(width - display_width(text), ' ');
  const std::string shown = styled(text, cell.style, color);
  return align == Align::kRight ? spaces + shown : shown + spaces;
}

void trim_end(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = front(text);
    width += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return width;
}

std::string fit_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string kept;
  std::size_t used = 1;  // of the "…"
  while (!text.empty()) {
    const Glyph glyph = front(text);
    if (used + glyph.columns > width) break;
    kept += text.substr(0, glyph.bytes);
    used += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return width == 0 ? "" : kept + "…";
}

std::string wrap_text(std::string_view text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string lines, line;
  const auto flush = [&] {
    lines += line.empty() ? "\n" : margin + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    const bool full =
        !line.empty() && indent + display_width(line) + 1 + display_width(word) > width;
    if (full) flush();
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    if (end < text.size() && text[end] == '\n') flush();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) flush();
  return lines;
}

std::string Table::text(bool color) const {
  std::vector<std::vector<Cell>> all;
  for (const Column& column : columns) {
    if (all.empty()) all.emplace_back();
    all[0].emplace_back(column.title, Style::kBold);
  }
  all.insert(all.end(), rows.begin(), rows.end());
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : all) {
    assert(row.size() == columns.size());
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(visible_text(row[i].text)));
  }
  std::string text;
  for (const auto& row : all) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last_left =
          i + 1 == row.size() && columns[i].align == Align::kLeft;  // nothing to pad for
      const std::string clean = visible_text(row[i].text);
      line +=
          (i > 0 ? "  " : "") + padded(row[i], clean, last_left ? display_width(clean) : widths[i],
                                       columns[i].align, color);
    }
    trim_end(line);
    text += line + "\n";
  }
  return text;
}

}  // namespace juror
