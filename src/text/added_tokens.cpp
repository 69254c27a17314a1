#include "text/added_tokens.h"

#include <algorithm>

namespace juror {

void AddedTokenMatcher::add(const std::string& content, std::int64_t id, bool special) {
  std::vector<Entry>& entries = by_first_byte_[static_cast<std::uint8_t>(content[0])];
  const auto shorter = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.content.size() < content.size();
  });
  entries.insert(shorter, {content, id, special});
}

const AddedTokenMatcher::Entry* AddedTokenMatcher::match_at(std::string_view text) const {
  const std::vector<Entry>& entries = by_first_byte_[static_cast<std::uint8_t>(text[0])];
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return text.starts_with(entry.content);
  });
  return found == entries.end() ? nullptr : &*found;
}

void AddedTokenMatcher::split(std::string_view text, const MayParse& may_parse,
                              const std::function<void(std::int64_t, bool)>& token,
                              const std::function<void(std::size_t, std::size_t)>& rest) const {
  std::size_t rest_begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Entry* entry = match_at(text.substr(at));
    const std::size_t end = at + (entry != nullptr ? entry->content.size() : 1);
    if (entry != nullptr && (!entry->special || may_parse(at, end))) {
      if (at > rest_begin) rest(rest_begin, at);
      token(entry->id, entry->special);
      rest_begin = end;
    }
    at = end;
  }
  if (rest_begin < text.size()) rest(rest_begin, text.size());
}

}  // namespace juror
