// The head of a request, read strictly: what two servers could read in two ways (request smuggling)
// is refused here, before anything else looks at it. Pure functions of bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http/message.h"

namespace juror {

struct HeadLimits {
  std::size_t target_bytes = 2048;
  std::size_t headers = 100;
  std::uint64_t body_bytes = 64ULL << 20;
};

/// A request without its body.
struct RequestHead {
  std::string method, target, path;
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  ///< names in lower case, values trimmed
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool keeps_alive = true;
  bool expects_continue = false;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// Reads "GET / HTTP/1.1\r\n…\r\n\r\n". Throws HttpError: 400 for what is no request or has two
/// meanings (bare line feeds, folded lines, two lengths, a length beside chunks, spaces in names,
/// control characters), 411, 413, 414, 415 (an encoded body), 431, 501 and 505.
RequestHead read_head(std::string_view head, const HeadLimits& limits = {});

/// "%41+" decoded to "A " (plus signs only where `plus_is_space`). Throws HttpError (400) for a
/// broken escape, a zero byte and text that is no UTF-8.
std::string percent_decoded(std::string_view text, bool plus_is_space);

}  // namespace juror
