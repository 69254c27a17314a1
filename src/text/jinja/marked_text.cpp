#include "text/jinja/marked_text.h"

namespace juror::jinja {

MarkedText& MarkedText::operator+=(const MarkedText& other) {
  bytes += other.bytes;
  origins += other.origins;
  return *this;
}

MarkedText MarkedText::cut(std::size_t begin, std::size_t end) const {
  MarkedText part;
  part.bytes = bytes.substr(begin, end - begin);
  part.origins = origins.substr(begin, end - begin);
  return part;
}

void MarkedText::append(std::string_view text, Origin origin) {
  bytes += text;
  origins.append(text.size(), static_cast<char>(origin));
}

bool MarkedText::is_template(std::size_t begin, std::size_t end) const {
  return origins.find(static_cast<char>(Origin::kMessage), begin) >= end;
}

}  // namespace juror::jinja
