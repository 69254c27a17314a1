#include "plot/figure.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace juror {
namespace {

constexpr std::size_t kColors = 7;

Markup legend_of(const std::vector<LegendEntry>& legend) {
  Markup entries;
  for (std::size_t i = 0; i < legend.size(); ++i) {
    Markup entry = element("i", {{"class", "swatch " + series_class(i)}}) + text(legend[i].name);
    if (!legend[i].value.empty())
      entry += Markup::literal(" ") + element_of("b", {}, legend[i].value);
    entries += element("span", entry);
  }
  return element("div", {{"class", "legend"}}, entries);
}

}  // namespace

std::string series_class(std::size_t index) { return fmt::format("s{}", index % kColors + 1); }

Markup figure(const std::string& title, const std::string& note,
              const std::vector<LegendEntry>& legend, const Markup& drawing) {
  Markup caption = element_of("strong", {}, title);
  if (!note.empty()) caption += element_of("small", {}, note);
  Markup content = element("figcaption", caption);
  if (!legend.empty()) content += legend_of(legend);
  return element("figure", content + drawing);
}

Attributes hover_attributes(const std::vector<std::string>& names,
                            const std::vector<HoverColumn>& columns) {
  nlohmann::ordered_json x = nlohmann::json::array(), titles = x, values = x;
  for (const HoverColumn& column : columns) {
    x.push_back(std::round(column.x * 10) / 10);
    titles.push_back(column.title);
    values.push_back(column.values);
  }
  const nlohmann::ordered_json data = {
      {"x", x}, {"titles", titles}, {"names", names}, {"values", values}};
  return {
      {"data-hover", data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)}};
}

}  // namespace juror
