#include "report/contact_sheet.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "plot/number_text.h"
#include "report/page.h"
#include "report/picture.h"
#include "report/sheet_assets.h"

namespace juror {
namespace {

std::string percent(double share) { return fmt::format("{:.2f}%", 100 * share); }

/// The win probability on a line from 0 to 1, with its interval.
Markup score_bar(const SheetPicture& picture) {
  const Markup range =
      element("i", {{"class", "range"},
                    {"style", "left:" + percent(picture.score_low) +
                                  ";width:" + percent(picture.score_high - picture.score_low)}});
  const Markup point =
      element("i", {{"class", "point"}, {"style", "left:" + percent(picture.score)}});
  return element("span", {{"class", "bar-line"}, {"aria-hidden", "true"}}, range + point);
}

Markup picture_markup(const SheetPicture& picture) {
  const std::string_view type = picture_type(picture.bytes);
  if (type.empty())
    return element_of("span", {{"class", "no-picture"}}, picture.name + " (cannot be shown)");
  return element("img", {{"alt", picture.name},
                         {"loading", "lazy"},
                         {"decoding", "async"},
                         {"src", fmt::format("data:{};base64,{}", type, base64(picture.bytes))}});
}

/// What a narrow card has room for: the name without its folders.
std::string last_part(const std::string& name) {
  const std::size_t end = name.find_last_of('/');
  return end == std::string::npos || end + 1 == name.size() ? name : name.substr(end + 1);
}

Markup card(const SheetPicture& picture) {
  const std::string score = fixed_text(picture.score, 2);
  const std::string interval =
      fmt::format("{} – {}", fixed_text(picture.score_low, 2), fixed_text(picture.score_high, 2));
  Markup words = element("span", {{"class", "line"}},
                         element_of("b", {{"class", "place"}}, std::to_string(picture.position)) +
                             element_of("span", {{"class", "name"}, {"title", picture.name}},
                                        last_part(picture.name)));
  words += score_bar(picture);
  words += element("span", {{"class", "line"}},
                   element_of("b", {}, score) + element_of("small", {}, interval));
  if (!picture.reason.empty()) words += element_of("span", {{"class", "reason"}}, picture.reason);
  const std::string label = fmt::format("{}. {}, win probability {} ({}). {}", picture.position,
                                        picture.name, score, interval, picture.reason);
  return element("button",
                 {{"class", "shot " + picture.tier},
                  {"type", "button"},
                  {"aria-pressed", "false"},
                  {"aria-label", label},
                  {"data-width", std::to_string(picture.width)},
                  {"data-height", std::to_string(picture.height)}},
                 element("span", {{"class", "frame"}}, picture_markup(picture)) + words);
}

Markup cards(const SheetGroup& group) {
  Markup list;
  for (const SheetPicture& picture : group.pictures) list += card(picture);
  return element("div", {{"class", "sheet"}}, list);
}

Markup hints() {
  return element_of(
      "p", {{"class", "note"}},
      "Choose two pictures, by click or with arrows and Enter: they open side by side. There the "
      "wheel, two fingers, or + and − zoom both; drag or arrows move both; 0 fits, 1 shows every "
      "pixel of the copies in this page; n and p take the next and the previous picture at the "
      "right; x swaps; Esc "
      "closes. The bar is the probability to win against the average picture of the group, with "
      "its 95 % interval.");
}

}  // namespace

std::string contact_sheet_html(const ContactSheet& sheet) {
  Page page{.kind = "Contact sheet", .title = sheet.title, .subtitle = {}, .facts = {}};
  long long pictures = 0;
  int number = 0;
  page.sections.push_back({"how", "How to look", hints()});
  for (const SheetGroup& group : sheet.groups) {
    pictures += static_cast<long long>(group.pictures.size());
    std::string id = "group";
    for (int rest = number++; rest >= 0; rest = rest / 26 - 1)
      id += static_cast<char>('a' + rest % 26);  // anchors are letters only
    page.sections.push_back({id, group.title, cards(group)});
  }
  page.subtitle = count_text(pictures, "picture") +
                  (sheet.groups.size() > 1
                       ? " in " + count_text(static_cast<long long>(sheet.groups.size()), "group")
                       : "") +
                  (sheet.judge.empty() ? "" : ", judged by " + sheet.judge);
  page.notices = sheet.notices;
  page.style = sheet_style();
  page.script = sheet_script();
  page.maker = "juror export contact-sheet";
  return page_html(page);
}

}  // namespace juror
