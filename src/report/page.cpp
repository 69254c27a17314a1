#include "report/page.h"

namespace juror {
namespace {

/// Even a mistake of ours could load nothing from elsewhere.
constexpr const char* kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'";

Markup head(const Page& page) {
  Markup content = element("meta", Attributes{{"charset", "utf-8"}});
  content += element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kPolicy}});
  content +=
      element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  content += element("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  content += element("link", {{"rel", "icon"}, {"href", "data:,"}});
  content += element_of("title", {}, page.title + " · Juror");
  return element("head", content + element("style", style_sheet() + page.style));
}

Markup headline(const Page& page) {
  Markup content = element_of("p", {{"class", "kind"}}, "Juror · " + page.kind) +
                   element_of("h1", {}, page.title);
  if (!page.subtitle.empty()) content += element_of("p", {{"class", "subtitle"}}, page.subtitle);
  Markup facts;
  for (const Fact& fact : page.facts) {
    Markup tile =
        element_of("dt", {}, fact.name) + element_of("dd", {{"class", "value"}}, fact.value);
    if (!fact.detail.empty()) tile += element_of("dd", {{"class", "detail"}}, fact.detail);
    facts += element("div", tile);
  }
  if (!facts.empty()) content += element("dl", {{"class", "facts"}}, facts);
  Markup notices;
  for (const std::string& notice : page.notices) notices += element_of("li", {}, notice);
  if (!notices.empty()) content += element("ul", {{"class", "notices"}}, notices);
  return element("header", content);
}

}  // namespace

std::string page_html(const Page& page) {
  Markup links, sections;
  for (const Section& section : page.sections) {
    if (section.content.empty()) continue;
    links += element("a", {{"href", "#" + section.id}}, text(section.title));
    sections += element("section", {{"id", section.id}},
                        element_of("h2", {}, section.title) + section.content);
  }
  const Markup body =
      headline(page) + element("nav", {{"aria-label", "sections"}}, links) +
      element("main", sections) +
      element_of("footer", {},
                 "Made by " + page.maker + ". One file: keep it, send it, open it anywhere.");
  const Markup document =
      element("html", {{"lang", "en"}},
              head(page) + element("body", body + element("script", hover_script() + page.script)));
  return "<!doctype html>\n" + document.html() + "\n";
}

}  // namespace juror
