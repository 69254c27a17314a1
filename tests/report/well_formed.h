// A small judge of HTML: every element is closed in order, every attribute is quoted, nothing is
// loaded from elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// "" when `html` is well formed; otherwise what is wrong, and where.
inline std::string fault_of_html(std::string_view html) {
  std::vector<std::string> open;
  const auto near = [&](std::size_t at) { return " near: " + std::string(html.substr(at, 60)); };
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    if (html.substr(at).starts_with("<!doctype html>")) {
      at += 15;
      continue;
    }
    const bool is_end = html.substr(at + 1, 1) == "/";
    const std::size_t name_at = at + (is_end ? 2 : 1);
    std::size_t i = name_at;
    while (i < html.size() && (std::isalnum(static_cast<unsigned char>(html[i])) != 0)) ++i;
    const std::string name(html.substr(name_at, i - name_at));
    if (name.empty()) return "a '<' that begins no tag" + near(at);
    while (i < html.size() && html[i] == ' ') {  // name="value"
      const std::size_t quote = html.find_first_of("\"> ", i + 1);
      if (quote == std::string_view::npos || html[quote] != '"' || html[quote - 1] != '=')
        return "an unquoted attribute" + near(i);
      i = html.find('"', quote + 1);
      if (i == std::string_view::npos) return "an attribute without end" + near(quote);
      if (html.substr(quote + 1, i - quote).find('<') != std::string_view::npos)
        return "a '<' in an attribute" + near(quote);
      ++i;
    }
    if (i >= html.size() || html[i] != '>') return "a tag without end" + near(at);
    at = i + 1;
    if (is_end) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes nothing" + near(name_at);
      open.pop_back();
    } else if (name == "style" || name == "script") {
      at = html.find("</" + name + ">", at) + name.size() + 3;
    } else if (name != "img" && name != "meta" && name != "link" && name != "br") {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

/// "" when the page asks for nothing beyond itself.
inline std::string outside_of_html(const std::string& html) {
  for (const char* word :
       {" src=\"http", " href=\"http", "url(", "@import", " src=\"//", "fetch("}) {
    if (html.find(word) != std::string::npos) return word;
  }
  return "";
}

}  // namespace juror
